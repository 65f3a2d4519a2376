"""KV blocks between the workers of an LLM server: what coherence protocols mean there.

A worker is a core, and the memory it has for KV blocks is its private cache. A block (the keys and values of, say, 512
tokens) is a line; its name is the hash of all tokens up to its end, so equal names are equal contents and a block,
once computed, never changes. The pool that all workers can reach is memory. So nobody fights over who may write. The
coherence work is: who holds a copy, who supplies it, when the pool learns of it, what an eviction loses, and what new
weights invalidate.

    run = co.Machine("MOESI", cache=co.Cache(ways=200)).run(kv.serve(kv.synthetic(), cores=4))
    kv.results(run)

What the states mean. M: only I have the block, and the pool does not. E: only I hold it, and the pool has it too. O: I
serve it to peers, and the pool still lacks it. S: a copy of which there may be others. F (MESIF): the copy that is
handed out. I: not here.

What the protocols mean.
  MESI    A block just computed is M. When a peer first reads it, it goes to the peer and to the pool at once, and from
          then on the pool supplies it. An owner that evicts it before anybody asked writes it to the pool.
  MOESI   The owner serves peers for as long as it holds the block; the pool gets it when the owner evicts it. It writes
          less than MESI whenever a block was read by a peer and its owner never evicts it, or new weights make it
          worthless first. If the owner does evict it, both have written it once: MESI early, MOESI late. On one and the
          same order of accesses the writes differ by exactly MESI's flushes less MOESI's write-backs of blocks in O.
  MESIF   Writes to the pool as MESI does, but the newest reader hands out copies, so the pool is read less.
  Dragon  An owner protocol on blocks, as MOESI is. It shows its other side when weights change: a block computed anew
          is sent to every cache that still holds the old one, where the others invalidate it.

What a request does (`worker`). It reads its prompt's blocks in order until the first that nobody has: there a prefix
ends. It computes the rest, then its first token, publishes the blocks (a write each), and decodes into a last, partial
block that only it holds; blocks that fill up get their names and are published too. If the weights change before the
first token, it begins again. Time to first token includes waiting for the worker.

Where the model does not fit a cluster; do not take its microseconds for a prediction.
- One bus serialises. Real links work in parallel; here every transfer waits for every other one, of whatever workers.
- A transaction is atomic and moves a whole block. Real transfers are cut in layers and overlap with computing.
- A write miss first fetches the line, although a block just computed needs nothing fetched. The bus is held for it;
  `results` leaves these fetches out of its blocks and bytes, and counts them as `fetched_to_write`.
- Who has a block is known at once and for nothing, by looking (`Core.where`). A real directory is asked, and lags.
- An evicted dirty block is always written to the pool. A real worker may drop it, and its partial block too.
- LRU touches a prompt's first blocks first, so they are evicted first; real caches free a chain from its end.
- The pool has room for all, or keeps blocks for a time (`keep`), after which nobody has what no cache holds. A block
  that was asked for is delivered even if it is evicted, or its time runs out, on its way.
- A block that is fetched is always kept: a copy more. A worker cannot use a peer's block where it lies.
- A block computed in vain, as another worker published it first, is dropped. A real worker would keep its own.
- A worker serves one request at a time, without batches; what a batch saves is in the time for a token.
- Old blocks stay in the caches and the pool after new weights until something replaces them; they are never served.

The parts: `synthetic` and `read_requests` give `Traffic` of `Request`s (or write your own); `serve` makes a Workload of
it, with a router of `ROUTERS`; `Cluster` and `MODELS` give real units; `results` says what a run comes to. `hits` and
`hit_curve` count hits alone, without protocol and bus, and take seconds for a long trace; `coherence kv TRACE` shows
them. `coherence run llm` is a small example. From the command line, your own requests are a file that has

    from coherence import kv
    def workload(cores, seed):
        return kv.serve(kv.read_requests("events.jsonl"), cores)
"""

from coherence.kv.curve import hit_curve
from coherence.kv.hits import Hits, hits
from coherence.kv.readers import read_requests
from coherence.kv.requests import Request, Traffic
from coherence.kv.results import Results, results
from coherence.kv.routers import ROUTERS
from coherence.kv.serve import llm, serve
from coherence.kv.synthetic import synthetic
from coherence.kv.units import MODELS, Cluster, Model
from coherence.kv.worker import Log, Served

__all__ = [
    "MODELS",
    "ROUTERS",
    "Cluster",
    "Hits",
    "Log",
    "Model",
    "Request",
    "Results",
    "Served",
    "Traffic",
    "hit_curve",
    "hits",
    "llm",
    "read_requests",
    "results",
    "serve",
    "synthetic",
]
