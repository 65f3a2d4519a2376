"""SplitMix64 against its authors' reference output."""

from coherence.random import SplitMix64


def test_reference_output_of_seed_1234567() -> None:
    random = SplitMix64(1234567)
    assert [random.next() for _ in range(5)] == [
        6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
    ]  # fmt: skip


def test_a_single_candidate_draws_nothing() -> None:
    random = SplitMix64(3)
    assert random.choose("a") == "a"
    assert random.state == 3
