"""Write the history as Parquet, for another engine or another machine to read."""

from __future__ import annotations

from typing import Annotated

from saleswright.kernel.action import Arg, action
from saleswright.kernel.call import Desk
from saleswright.kernel.report import Block, Figure, Note, Report


@action(effect="apply", title="Export", recorded=False)
def export(
    desk: Desk,
    folder: Annotated[str, Arg("text", "a folder, or an object store's address such as s3a://bucket/sales")] = "",
) -> Report:
    """Write the history as Parquet into a folder or an object store, for Spark to read here or elsewhere.

    Whole or not at all, beside the exports before it. Without a folder: where `export` in saleswright.toml says.
    """
    from saleswright.history import exported

    workspace = desk.here
    at = exported.place(workspace, folder)
    desk.tell(f"writing Parquet to {at}")
    made = exported.export(workspace, at)
    rows = sum(made.rows.values())
    notes = [Note(f"{made.at} holds version {made.release.number} of the history: {len(made.rows)} tables.")]
    if made.there:
        notes.append(Note("It had been written before; nothing was changed."))
    todo = []
    if workspace.engine != "spark":
        todo.append('engine = "spark"')
    if at != exported.place(workspace):
        todo.append(f'export = "{folder}"')
    if todo:
        notes.append(Note(f"To read it with Spark, put into saleswright.toml: {' and '.join(todo)}."))
    blocks: list[Block] = [Figure("rows", rows, "count", "Rows of all tables"), *notes]
    if not made.there:
        blocks.insert(1, Figure("bytes", made.size, "count", "Bytes written"))
    return Report("The history as Parquet", blocks, data={"at": made.at}, changed=0 if made.there else 1)
