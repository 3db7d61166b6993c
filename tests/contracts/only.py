"""A contract type for import-linter: what a package may import, instead of what it may not."""

from __future__ import annotations

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """The source packages import themselves, the standard library and the allowed packages; nothing else."""

    type_name = "only"

    source_modules = fields.SetField(subfield=fields.ModuleField())
    allowed_modules = fields.SetField(subfield=fields.ModuleField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        sources = _names(self.source_modules)
        allowed = sources | _names(self.allowed_modules)
        strays = [
            f"{importer} -> {imported}"
            for source in sources
            for importer in {source} | graph.find_descendants(source)
            for imported in graph.find_modules_directly_imported_by(importer)
            if not _is_allowed(imported, allowed)
        ]
        return ContractCheck(kept=not strays, metadata={"strays": sorted(strays)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for stray in check.metadata["strays"]:
            output.print_error(stray)


def _names(modules: Any) -> set[str]:  # a field is typed as the field, but holds its parsed value
    return {module.name for module in modules}


def _is_allowed(imported: str, allowed: set[str]) -> bool:
    if imported.partition(".")[0] in sys.stdlib_module_names:
        return True
    return any(imported == name or imported.startswith(f"{name}.") for name in allowed)
