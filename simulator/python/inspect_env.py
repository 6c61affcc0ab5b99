"""Says what the Python that runs this can do, as one line of JSON on standard output.

Standard input is a JSON object {"dependencies": ["numpy>=2", ...]}; the answer's "unsatisfied" lists those of them
(as written) that are not installed here. Ray is looked up, never imported, so that this takes a tenth of a second.
Needs Python 3.8 and nothing else.
"""

import ast
import importlib.metadata
import importlib.util
import json
import os
import site
import sys
import sysconfig

# The folder of this file stands first on the path, but not in a program that the user starts.
del sys.path[0]


def main():
    wanted = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    print(
        json.dumps(
            {
                "executable": sys.executable,
                "version": "%d.%d.%d" % sys.version_info[:3],
                "prefix": sys.prefix,
                "rayVersion": installed_version("ray"),
                "rayHasDashboard": ray_has_dashboard(),
                "debugpyVersion": installed_version("debugpy"),
                "canMakeEnvironments": can_import("venv") and can_import("ensurepip"),
                "sitePackages": package_folders(),
                "unsatisfied": unsatisfied(wanted["dependencies"]),
            }
        )
    )


def installed_version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def can_import(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def ray_has_dashboard():
    """Whether what `ray[default]` adds is there. Ray lists it in a module of imports; without one of them its
    dashboard, and with it the Jobs API, stays away without a word."""
    for file in ray_files("dashboard/optional_deps.py"):
        with open(file, encoding="utf-8") as source:
            imports = ast.walk(ast.parse(source.read()))
        names = set()
        for node in imports:
            if isinstance(node, ast.Import):
                names.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.split(".")[0])
        return all(can_import(name) for name in names)
    return True


def ray_files(relative):
    try:
        spec = importlib.util.find_spec("ray")
    except (ImportError, ValueError):
        return []
    folders = (spec.submodule_search_locations or []) if spec else []
    files = [os.path.join(folder, relative) for folder in folders]
    return [file for file in files if os.path.isfile(file)]


def package_folders():
    """Every folder that packages are imported from, the user's own one even before it exists: when one of them
    changes, this answer is out of date."""
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    standard.update([os.path.join(folder, "lib-dynload") for folder in standard])
    folders = [path for path in sys.path if os.path.isdir(path) and path not in standard]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    folders.append(sysconfig.get_path("purelib"))
    return sorted(set(folders))


def unsatisfied(dependencies):
    if not dependencies:
        return []
    packaging = find_packaging()
    # Ray itself needs `packaging`: where no copy of it is found, nothing that uses Ray can be satisfied.
    if packaging is None:
        return dependencies
    return [text for text in dependencies if not is_satisfied(packaging, text)]


def find_packaging():
    """The installed `packaging.requirements`, or a copy that pip, setuptools or the standard library carries."""
    for name in ["packaging", "pip._vendor.packaging", "setuptools._vendor.packaging"]:
        module = import_requirements(name)
        if module:
            return module
    for wheel in bundled_pip_wheels():
        sys.path.append(wheel)
        module = import_requirements("pip._vendor.packaging")
        sys.path.remove(wheel)
        if module:
            return module
    return None


def import_requirements(package):
    try:
        return importlib.import_module(package + ".requirements")
    except ImportError:
        return None


def bundled_pip_wheels():
    folders = ["/usr/share/python-wheels"]
    spec = importlib.util.find_spec("ensurepip")
    if spec and spec.origin:
        folders.append(os.path.join(os.path.dirname(spec.origin), "_bundled"))
    for folder in filter(os.path.isdir, folders):
        for name in os.listdir(folder):
            if name.startswith("pip-") and name.endswith(".whl"):
                yield os.path.join(folder, name)


def is_satisfied(packaging, text, extra="", seen=()):
    """Whether the requirement (PEP 508) is met by what is installed, its extras included. `extra` is the extra of
    another package that asks for it."""
    try:
        wanted = packaging.Requirement(text)
    except packaging.InvalidRequirement:
        return False
    if wanted.marker and not wanted.marker.evaluate({"extra": extra}):
        return True
    if text in seen:
        return True
    try:
        installed = importlib.metadata.distribution(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return False
    if not wanted.specifier.contains(installed.version, prereleases=True):
        return False
    added = [
        (needed, name)
        for name in wanted.extras
        for needed in installed.requires or []
        if belongs_to_extra(packaging, needed, name)
    ]
    return all(is_satisfied(packaging, needed, name, seen + (text,)) for needed, name in added)


def belongs_to_extra(packaging, text, extra):
    marker = packaging.Requirement(text).marker
    return bool(marker) and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


if __name__ == "__main__":
    main()
