"""Write the first step of the journal's migrations anew from its tables: python tools/first_migration.py

Only until it is released. Afterwards a change of tables.py is a step of its own: the next number in migrations/versions.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from saleswright.kernel.journal import migrate
from saleswright.kernel.journal.tables import metadata

TARGET = migrate.FOLDER / "versions" / "v0001_the_journal.py"
HEAD = '''"""The tables of the journal as they were at first. (Written by tools/first_migration.py.)"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
'''


def main() -> None:
    """Write the file, in the house format."""
    with create_engine("sqlite://").connect() as con:
        made = produce_migrations(MigrationContext.configure(con), metadata)
    assert made.upgrade_ops is not None
    code = "\n".join(line for line in str(render_python_code(made.upgrade_ops)).splitlines() if "# ###" not in line)
    TARGET.write_text(f"{HEAD}    {code.strip()}\n", encoding="utf-8")
    subprocess.run([Path(sys.executable).parent / "ruff", "format", "-q", TARGET], check=True)


if __name__ == "__main__":
    main()
