"""A machine to be operated by hand in a notebook: click "core 1 writes x", and it answers (extra `notebook`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

from coherence.accesses.op import CoreOp
from coherence.accesses.text import parse_ops
from coherence.accesses.workload import Workload
from coherence.errors import InputError
from coherence.machine import Machine
from coherence.protocol.catalog import DEFAULT
from coherence.protocol.model import Protocol
from coherence.run.run import Run
from coherence.show.player.data import player_data
from coherence.show.player.page import asset
from coherence.show.player.table import table_data

if TYPE_CHECKING:
    import anywidget

HEIGHT = 640  # pixels
LONGEST = 80  # characters of a key

# What anywidget asks for: `render` once a view; `run` comes from Python, a message goes back for each click.
HOST = """
export default { render({ model, el }) {
  el.style.height = model.get('height') + 'px';
  const box = document.createElement('div'); box.style.height = '100%'; el.appendChild(box);
  const options = { send: op => model.send(op), error: () => model.get('error') };
  const player = CoherencePlayer(box, JSON.parse(model.get('run')), options);
  player.go(player.steps.length);
  const news = () => player.update(JSON.parse(model.get('run')));
  const refused = () => player.setLive();
  model.on('change:run', news); model.on('change:error', refused);
  return () => { player.stop(); model.off('change:run', news); model.off('change:error', refused); };
} };
"""


class Bench:
    """The accesses so far, on a machine; the widget without its looks.

    `do(core, op, key)` and `undo()` change them; `run()` is the recorded run of all.

    >>> bench = Bench("MESI", cores=2)
    >>> bench.do(0, "w", "x"); bench.do(1, "r", "x"); bench.undo()
    >>> bench.run().totals["reads"], bench.run().totals["writes"]
    (0, 1)
    """

    def __init__(self, protocol: Protocol | str | PathLike[str], cores: int, **machine: Any) -> None:
        self.machine = Machine(protocol, cores, **machine)
        self.cores = cores
        self.ops: list[CoreOp] = []

    def do(self, core: int, op: str, key: str) -> None:
        """One more access; raises `InputError` for one that cannot be, `Breach` for one that stops the machine."""
        said = f"{core} {op} {key}"
        if len(key.split()) != 1 or "#" in key or ";" in key or len(key) > LONGEST:
            raise InputError(f"key {key[:LONGEST]!r}: expected one word of 1 to {LONGEST} characters without # and ;")
        if not isinstance(core, int) or not 0 <= core < self.cores:
            raise InputError(f"core must be from 0 to {self.cores - 1}, not {core!r}")
        new = parse_ops(said)[0]
        self.ops += new
        try:
            self.run()
        except Exception:
            del self.ops[-len(new) :]
            raise

    def undo(self) -> None:
        """Take the last access back; nothing where there is none."""
        del self.ops[-1:]

    def run(self) -> Run:
        """The run of all accesses."""
        ops = list(self.ops)
        work = Workload.from_accesses("by hand", lambda: iter(ops), self.cores)
        return self.machine.run(work, order="trace", record=True)

    def data(self) -> dict[str, object]:
        """What the viewer shows."""
        if self.ops:
            return player_data(self.run())
        assert isinstance(self.machine.protocol, Protocol)
        nothing: Mapping[str, list[object]] = {
            name: [] for name in ("keys", "contents", "texts", "shapes", "reasons", "base", "steps", "numbers", "sets")
        }
        return {
            "workload": "by hand", "cores": self.cores, "protocol": table_data(self.machine.protocol), "lines": ["x"],
            "absent": {}, "note": "", "order": "trace", "numbered": True, **nothing,
        }  # fmt: skip


def widget(
    protocol: Protocol | str | PathLike[str] = DEFAULT, cores: int = 3, height: int = HEIGHT, **machine: Any
) -> anywidget.AnyWidget:
    """A two-way player in a notebook: buttons for every core, undo included.

    *machine*: what `Machine` takes besides. The widget's `bench` holds the accesses; `error` says why the last click
    was refused. Raises `InputError` without the extra `notebook`.
    """
    try:
        import anywidget
        import traitlets
    except ImportError:
        raise InputError("widget needs anywidget: pip install 'coherence[notebook]'") from None
    bench = Bench(protocol, cores, **machine)

    class Hand(anywidget.AnyWidget):
        _esm = asset("viewer.js") + HOST
        _css = asset("viewer.css")
        run = traitlets.Unicode().tag(sync=True)
        height = traitlets.Int().tag(sync=True)
        error = traitlets.Unicode().tag(sync=True)

        def __init__(self) -> None:
            self.bench = bench
            super().__init__(run=json.dumps(bench.data()), height=height)
            self.on_msg(self.clicked)

        def clicked(self, _: object, message: Any, buffers: object = None) -> None:
            """What the browser sent: {core, op, key} or {undo}."""
            try:
                if message.get("undo"):
                    bench.undo()
                else:
                    bench.do(message.get("core"), str(message.get("op")), str(message.get("key")))
                self.error = ""
            except Exception as fault:
                self.error = str(fault)
            self.run = json.dumps(bench.data())

    return Hand()
