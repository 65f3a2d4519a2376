"""KV blocks between LLM workers: protocols, cache sizes, routers, and what new weights cost.

Requests of an LLM server are chains of KV blocks; a worker reads the prefix that anybody has and computes the rest.
Look at three things. When the pool is written: MESI as soon as a peer reads a block, MOESI only if its owner evicts it.
Where blocks come from: the router decides how many are at home. And what new weights cost, after which no block is
worth anything. The chats are made up; name a trace in any format of `kv.read_requests`, here or in KV_TRACE:

    python scenarios/13_kv_sharing.py --trace conversation_trace.jsonl --requests 2000 --workers 8 --blocks 300 2400

Of a trace, the configurations run in processes beside each other (--jobs), and how far they are goes to standard error.
Hits alone, without protocol and bus, take seconds: `coherence kv conversation_trace.jsonl`.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from dataclasses import replace
from itertools import product
from pathlib import Path
from time import monotonic
from typing import Any

import matplotlib.pyplot as plt

import coherence as co
from coherence import kv

KINDS = ("local", "peer", "pool", "computed")  # where a block comes from
GIB = 2**30


def main(argv: list[str] | None = None) -> None:
    """Print a table by protocol, one by router and a conclusion, save three panels."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trace", default=os.environ.get("KV_TRACE"), help="requests (made-up chats)")
    parser.add_argument("--requests", type=int, default=1000, help="how many of the trace at most (1000)")
    parser.add_argument("--protocols", nargs="+", default=["MESI", "MOESI", "MESIF", "Dragon"])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 4, 8], help="how many (2 4 8)")
    parser.add_argument("--blocks", type=int, nargs="+", default=[24, 96], help="that a worker's cache holds (24 96)")
    parser.add_argument("--routers", nargs="+", default=list(kv.ROUTERS), help=", ".join(kv.ROUTERS))
    parser.add_argument("--model", default="llama-2-70b", help=", ".join(kv.MODELS))
    parser.add_argument("--jobs", type=int, help="processes beside each other (of a trace one per CPU, else 1)")
    parser.add_argument("--out", type=Path, default=Path("out/13_kv_sharing.png"), help="the picture")
    args = parser.parse_args(argv)

    if args.trace:
        traffic = kv.read_requests(args.trace).first(args.requests)
    else:
        traffic = kv.synthetic(chats=20, turns=3, systems=3, question=900, every=300_000, think=2_000_000)
    cluster = kv.Cluster(args.model)

    axes = (args.protocols, args.workers, args.blocks, args.routers)
    cases = list(product(*axes))
    jobs = args.jobs or (os.cpu_count() or 1 if args.trace else 1)
    found = dict(zip(cases, serve_all(cases, traffic, cluster, jobs), strict=True))
    base = (args.protocols[-1], args.workers[-1], args.blocks[-1], args.routers[-1])
    print(traffic)
    print(cluster.explain())

    columns = f"{'from peers':>11}{'from pool':>10}{'to pool':>9}{'recomputed':>11}{'first token':>13}"
    print(f"\nby protocol and blocks a worker holds ({base[1]} workers, router {base[3]})\n{'':>19}{columns}")
    for protocol, blocks in product(args.protocols, args.blocks):
        show(protocol, blocks, found[protocol, base[1], blocks, base[3]])
    print(f"\nby router and number of workers ({base[0]}, {base[2]} blocks a worker)\n{'':>19}{columns}")
    for router, workers in product(args.routers, args.workers):
        show(router, workers, found[base[0], workers, base[2], router])

    print()
    for question, answer in conclude(found, axes, cluster, traffic, jobs).items():
        print(f"{question} {answer}")
    picture(found, axes, base, cluster, args.out)


SHARED: dict[str, Any] = {}  # of a process: the traffic, the cluster and the count of requests done


def begin(traffic: kv.Traffic, cluster: kv.Cluster, done: Any) -> None:
    """What a process needs for all its configurations; while one runs there is no garbage to look for."""
    SHARED.update(traffic=traffic, cluster=cluster, done=done)
    gc.disable()


def beside(case: Sequence[Any]) -> kv.Results:
    """One configuration in a process of its own."""

    def tick(_: int) -> None:
        with SHARED["done"].get_lock():
            SHARED["done"].value += 1

    results = serve(*case, SHARED["traffic"], SHARED["cluster"], tick)
    gc.collect()
    return results


def serve(
    protocol: str,
    workers: int,
    blocks: int,
    router: str,
    traffic: kv.Traffic,
    cluster: kv.Cluster,
    watch=lambda _: None,
) -> kv.Results:
    """One configuration."""
    machine = co.Machine(protocol, cache=co.Cache(ways=blocks), timing=cluster.timing)
    work = kv.serve(traffic, workers, router=router, block=cluster.block, token=cluster.token, watch=watch)
    return kv.results(machine.run(work))


def serve_all(cases: Sequence[Any], traffic: kv.Traffic, cluster: kv.Cluster, jobs: int) -> list[kv.Results]:
    """The results of *cases* in their order; says on standard error how far it is."""
    if jobs == 1:
        return [serve(*case, traffic, cluster) for case in cases]
    done = multiprocessing.Value("q", 0)
    every, end = (0.5, "\r") if sys.stderr.isatty() else (10, "\n")
    with ProcessPoolExecutor(jobs, initializer=begin, initargs=(traffic, cluster, done)) as pool:
        left = asked = [pool.submit(beside, case) for case in cases]
        began = monotonic()
        while left:
            print(
                f"{len(cases) - len(left)} of {len(cases)} configurations, {done.value:,} of "
                f"{len(cases) * len(traffic.requests):,} requests, {monotonic() - began:.0f} s",
                end=end, file=sys.stderr, flush=True,
            )  # fmt: skip
            left = list(wait(left, every).not_done)
        return [one.result() for one in asked]


def show(name: str, number: int, r: kv.Results) -> None:
    print(
        f"{name:>12}{number:>7}{r.peer:>11}{r.pool_reads:>10}{r.pool_writes:>9}{r.recomputed:>11}"
        f"{r.ttft / 1000:>10.0f} ms"
    )


def conclude(found, axes, cluster, traffic, jobs) -> dict[str, str]:
    """Questions and answers, out of the numbers alone."""
    protocols, workers, sizes, routers = axes

    def mean(value, **fixed) -> float:
        """The mean of *value* over all cases with these protocol=, workers=, blocks=, router=."""
        names = ("protocol", "workers", "blocks", "router")
        fit = [r for case, r in found.items() if all(case[names.index(n)] == v for n, v in fixed.items())]
        return sum(value(r) for r in fit) / len(fit)

    said = {}
    writes = {size: {p: mean(lambda r: r.pool_writes, protocol=p, blocks=size) for p in protocols} for size in sizes}
    least = {size: min(writes[size], key=writes[size].get) for size in sizes}
    most = {size: max(writes[size], key=writes[size].get) for size in sizes}
    said["When should the pool be written?"] = (
        "; ".join(
            f"with {size} blocks a worker {least[size]} writes {writes[size][least[size]]:.0f} blocks, "
            f"{most[size]} {writes[size][most[size]]:.0f}"
            for size in sizes
        )
        + " (means over workers and routers)."
    )
    ttft = {router: mean(lambda r: r.ttft, router=router) for router in routers}
    home = {router: mean(lambda r: r.did["local"] / max(1, r.hits), router=router) for router in routers}
    best, worst = min(ttft, key=ttft.get), max(ttft, key=ttft.get)
    said["Which router?"] = (
        f"{best}: the first token comes after {ttft[best] / 1000:.0f} ms on average, under {worst} after "
        f"{ttft[worst] / 1000:.0f} ms; {home[best]:.0%} of the blocks it reads are at home, there {home[worst]:.0%}."
    )
    peer, computing = cluster.timing.transfer, cluster.block
    said["Fetch or compute?"] = (
        f"a block from a peer takes {peer / 1000:.1f} ms, computing it {computing / 1000:.1f} ms: fetching is "
        f"{computing / peer:.0f} times as fast, as long as the link is free."
    )
    last = traffic.requests[-1].arrival
    changed = replace(traffic, updates=(last // 2,))
    before = found[protocols[-1], workers[-1], sizes[-1], best]
    (after,) = serve_all([(protocols[-1], workers[-1], sizes[-1], best)], changed, cluster, jobs)
    said["What do new weights cost?"] = (
        f"half-way through, they make {after.recomputed - before.recomputed} more blocks be computed again: "
        f"{(after.recomputed - before.recomputed) * computing / 1e6:.1f} s of computing; the mean first token goes "
        f"from {before.ttft / 1000:.0f} to {after.ttft / 1000:.0f} ms."
    )
    extra, real = (mean(lambda r: r.fetched_to_write), mean(lambda r: r.peer + r.pool_reads + r.pool_writes))
    said["What is only the bus model's?"] = (
        f"{extra:.0f} fetches of lines that are then written whole, beside {real:.0f} blocks that a cluster would "
        "move as well (means); and that no two transfers overlap."
    )
    return said


def picture(found, axes, base, cluster, out: Path) -> None:
    """Bytes moved by protocol, first token by router, and where blocks come from."""
    protocols, workers, sizes, routers = axes
    with co.plot.theme():
        figure, (left, middle, right) = plt.subplots(1, 3, figsize=(14, 4.5), layout="constrained")
    cases = list(product(protocols, sizes))
    moved = [found[p, base[1], size, base[3]].moved(cluster.bytes_per_block) for p, size in cases]
    bottom = [0.0] * len(cases)
    for kind in moved[0]:
        heights = [m[kind] / GIB for m in moved]
        left.bar(range(len(cases)), heights, bottom=bottom, label=kind)
        bottom = [b + h for b, h in zip(bottom, heights, strict=True)]
    left.set_xticks(range(len(cases)), [f"{p}\n{size}" for p, size in cases], fontsize="small")
    left.set(xlabel="protocol, blocks per worker", ylabel="GiB")
    for router in routers:
        waits = [found[base[0], n, base[2], router].ttft / 1000 for n in workers]
        middle.plot(range(len(workers)), waits, marker="o", label=router)
    middle.set_xticks(range(len(workers)), [str(n) for n in workers])
    middle.set(xlabel="workers", ylabel="ms", ylim=(0, None))
    bottom = [0.0] * len(routers)
    results = [found[base[0], base[1], base[2], router] for router in routers]
    for kind in KINDS:
        counts = [r.computed if kind == "computed" else r.did[kind] for r in results]
        right.bar(routers, counts, bottom=bottom, label=kind)
        bottom = [b + c for b, c in zip(bottom, counts, strict=True)]
    right.set_ylabel("blocks")
    right.yaxis.set_major_formatter("{x:,.0f}")
    titles = ("Bytes moved", "Mean time to first token", f"Where blocks come from, {base[1]} workers")
    for ax, title in zip((left, middle, right), titles, strict=True):
        ax.set_title(title, loc="left", fontweight="bold")
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=150)
    plt.close(figure)


if __name__ == "__main__":
    main()
