"""What if the disk breaks tonight? How is everything kept, and how do we know that it can be brought back?

**Rule.** A backup has its name only when every byte of it was read back. A restore goes into a new folder, compares every
byte, walks the audit log's chain and compares the figures of the first screen; it never overwrites. Who was erased since
the backup was made is erased again.

**Worked example.** On Sunday `saleswright backup --to /mnt/safe` keeps 29 MB in a second while an import runs. On
Wednesday `saleswright restore /mnt/safe/acme-20261122T020000000000 --to acme-again` gives a workspace whose win rate is
Sunday's.
"""

from __future__ import annotations

from pathlib import Path

from saleswright.data.backup.actions import backup, backup_check, backup_list, restore
from saleswright.kernel.chapter import Chapter

CHAPTER = Chapter(
    name="backup",
    group="Data",
    title="Backups",
    doc=__doc__ or "",
    folder=Path(__file__).parent,
    actions=(backup, backup_list, backup_check, restore),
)
