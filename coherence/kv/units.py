"""Real units: from a model's shape and a cluster's speeds to bytes a block and microseconds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import ceil

from coherence.config.timing import Timing
from coherence.errors import InputError, unknown, whole
from coherence.kv.requests import TOKENS

MICRO = 1_000_000
TYPES = {"fp32": 4, "fp16": 2, "bf16": 2, "fp8": 1, "int8": 1}  # bytes of a number


@dataclass(frozen=True, slots=True)
class Model:
    """The shape of a model: what decides how large its KV cache is.

    Each token keeps a key and a value (2) in every layer for every KV head: `layers` × `kv_heads` × `head_size` × 2
    numbers of type `dtype`. `parameters`: how many, for the time to compute · `source`: where the shape is from.
    Raises `InputError` listing every fault.

    >>> Model("tiny", layers=2, kv_heads=4, head_size=8, parameters=10**6).bytes_per_token  # 2 × 4 × 8 × 2 × 2
    256
    """

    name: str
    layers: int
    kv_heads: int
    head_size: int
    parameters: int
    dtype: str = "fp16"
    source: str = ""

    def __post_init__(self) -> None:
        numbers = ("layers", "kv_heads", "head_size", "parameters")
        faults = [fault for name in numbers for fault in whole(name, getattr(self, name), 1)]
        faults += [] if self.dtype in TYPES else [unknown("dtype", self.dtype, TYPES)]
        if faults:
            raise InputError("\n".join(faults))

    @property
    def bytes_per_token(self) -> int:
        """Bytes of KV cache a token."""
        return self.layers * self.kv_heads * self.head_size * 2 * TYPES[self.dtype]


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        # 800 KB a token, as Kwon et al. work it out for their PagedAttention.
        Model("opt-13b", 40, 40, 128, 13_000_000_000, source="Zhang et al. 2022; Kwon et al., SOSP 2023, section 3"),
        Model("llama-2-7b", 32, 32, 128, 7_000_000_000, source="Touvron et al. 2023"),
        Model("llama-2-70b", 80, 8, 128, 70_000_000_000, source="Touvron et al. 2023"),
        Model("llama-3-8b", 32, 8, 128, 8_000_000_000, "bf16", source="Grattafiori et al. 2024, table 3"),
        Model("llama-3-70b", 80, 8, 128, 70_000_000_000, "bf16", source="Grattafiori et al. 2024, table 3"),
        Model("mistral-7b", 32, 8, 128, 7_000_000_000, source="Jiang et al. 2023, table 1"),
    )
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A model served on a cluster: bytes a block, and every latency of the machine in whole µs.

    `model`: a Model or a name of MODELS · `tokens`: of a block · `link`: bytes/s from worker to worker · `pool_read`,
    `pool_write`: bytes/s from and to the pool · `latency`: µs of a message, once for each transfer · `flops`: what a
    worker achieves, per second, in computing prompts · `token`: µs of a worker's time for a token of an answer, when
    its batch is full. The defaults are the size of a node in the Mooncake paper (Qin et al., FAST 2025): 800 Gbit/s of
    network, eight accelerators of 312 Tflop/s, half of which is taken to be achieved; the pool's speeds (half the
    link's) and `token` (25 ms for a batch of 64) are round assumptions, to be replaced by your own. Raises
    `InputError` listing every fault.

    >>> cluster = Cluster("llama-2-70b")
    >>> cluster.bytes_per_block  # 80 layers × 8 heads × 128 × 2 × 2 bytes × 512 tokens
    167772160
    >>> cluster.timing.transfer, cluster.timing.memory, cluster.block  # µs
    (1678, 3356, 57344)
    """

    model: Model | str = "llama-2-70b"
    tokens: int = TOKENS
    link: float = 100e9
    pool_read: float = 50e9
    pool_write: float = 50e9
    latency: int = 10
    flops: float = 1.25e15
    token: int = 390

    def __post_init__(self) -> None:
        faults = whole("tokens", self.tokens, 1) + whole("latency", self.latency, 0) + whole("token", self.token, 0)
        for f in fields(self):
            value = getattr(self, f.name)
            if f.type == "float" and not (isinstance(value, (int, float)) and 0 < value < float("inf")):
                faults.append(f"{f.name} must be a number above 0, not {value!r}")
        if isinstance(self.model, str):
            if self.model in MODELS:
                object.__setattr__(self, "model", MODELS[self.model])
            else:
                faults.append(unknown("model", self.model, MODELS))
        if faults:
            raise InputError("\n".join(faults))

    @property
    def bytes_per_block(self) -> int:
        """Bytes of a block."""
        return self._model.bytes_per_token * self.tokens

    @property
    def block(self) -> int:
        """µs to compute a block of a prompt: 2 operations a parameter and token; attention itself is left out."""
        return ceil(2 * self._model.parameters * self.tokens * MICRO / self.flops)

    @property
    def timing(self) -> Timing:
        """The machine's latencies in µs: every line is a block.

        A fill from memory is a read of the pool, one from a cache a transfer over the link; a flush and a write-back
        are writes to the pool. Where a protocol broadcasts a word, a whole block goes.
        """
        write = self._time(self.pool_write)
        return Timing(
            arbitrate=self.latency, memory=self._time(self.pool_read), transfer=self._time(self.link), upgrade=0,
            update=self._time(self.link), write_word=write, flush=write, writeback=write,
        )  # fmt: skip

    def explain(self) -> str:
        """The arithmetic, a line each.

        >>> print(Cluster("opt-13b", tokens=16).explain().splitlines()[0])
        opt-13b: 40 layers x 40 KV heads x 128 x 2 (key, value) x 2 bytes (fp16) = 819,200 bytes a token
        """
        m, t = self._model, self.timing
        return "\n".join(
            [
                f"{m.name}: {m.layers} layers x {m.kv_heads} KV heads x {m.head_size} x 2 (key, value) x "
                f"{TYPES[m.dtype]} bytes ({m.dtype}) = {m.bytes_per_token:,} bytes a token",
                f"a block: {self.tokens} tokens = {self.bytes_per_block:,} bytes",
                f"from a peer: {self.bytes_per_block:,} / {self.link:.3g} bytes/s = {t.transfer:,} us",
                f"from the pool: {self.bytes_per_block:,} / {self.pool_read:.3g} bytes/s = {t.memory:,} us",
                f"to the pool: {self.bytes_per_block:,} / {self.pool_write:.3g} bytes/s = {t.writeback:,} us",
                f"computed: 2 x {m.parameters:.3g} x {self.tokens} operations / {self.flops:.3g} a second = "
                f"{self.block:,} us",
            ]
        )

    def _time(self, speed: float) -> int:
        return ceil(self.bytes_per_block * MICRO / speed)

    @property
    def _model(self) -> Model:
        assert isinstance(self.model, Model)
        return self.model
