"""
A slot's entry point: `python -I -S launcher.py SLOT` waits inside a submitted Ray job until it is told what to run, and
becomes that program.

In SLOT (a directory) it writes `waiting` (its pid), then looks for `command.json`:

    {"argv": [...], "cwd": "/abs", "env": {...}, "runtimeEnv": {...}, "run": "<id>", "keep": [...]}

and writes `started` ({"pid", "timeMs"}) just before it goes over. It ends with 0 when SLOT vanishes or `dismiss` appears
in it, and with 127 and a message when the command cannot be carried out. The exit code of the program is written by the
shell around this one; see `entryPoint.ts`.

What the program gets is what Ray gives the driver of a job that was submitted with `runtimeEnv`: it goes into the job
configuration that `ray.init` reads, its `env_vars` into the environment, the working directory onto the import path.
`cwd` also goes into the job's metadata as `heliostat_cwd`, where the probe in each worker finds it, and `keep` as
`heliostat_keep` (see `heliostat_arguments.py`).
"""
import json
import os
import re
import sys
import time

JOB_CONFIG = "RAY_JOB_CONFIG_JSON_ENV_VAR"
PROBE = os.path.dirname(os.path.abspath(__file__))
FAST_S, FAST_FOR_S, SLOW_S = 0.01, 2, 0.02


class CommandError(Exception):
    pass


def main(slot):
    _write(slot, "waiting", str(os.getpid()))
    text = _wait(slot)
    if text is None:
        return 0
    try:
        command = json.loads(text)
        environ = _environment(command, dict(os.environ))
        os.chdir(command["cwd"])
        program = _find(command["argv"][0], environ)
        _write(slot, "started", json.dumps({"pid": os.getpid(), "timeMs": round(time.time() * 1000, 3)}))
        os.execve(program, command["argv"], environ)
    except (CommandError, OSError) as error:
        print(f"Heliostat cannot start the script: {error}", file=sys.stderr)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        print(f"Heliostat cannot start the script: its command is malformed ({error!r})", file=sys.stderr)
    return 127


def _wait(slot):
    """The command's text, or None when there will be none."""
    began = time.monotonic()
    command, dismiss = os.path.join(slot, "command.json"), os.path.join(slot, "dismiss")
    while True:
        try:
            with open(command, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            pass
        if os.path.exists(dismiss) or not os.path.isdir(slot):
            return None
        time.sleep(FAST_S if time.monotonic() - began < FAST_FOR_S else SLOW_S)


def _environment(command, environ):
    config = json.loads(environ.get(JOB_CONFIG) or "{}")
    runtime_env = _merged(config.get("runtime_env") or {}, command["runtimeEnv"])
    metadata = {**(config.get("metadata") or {}), "heliostat_run": command["run"], "heliostat_cwd": command["cwd"]}
    if command.get("keep", []) != []:
        metadata["heliostat_keep"] = json.dumps(command["keep"])

    for key, value in (runtime_env.get("env_vars") or {}).items():
        environ[key] = _expanded(value, environ)
    environ.update(command["env"])
    environ[JOB_CONFIG] = json.dumps({**config, "runtime_env": runtime_env, "metadata": metadata})
    environ.setdefault("PYTHONUNBUFFERED", "1")
    # Ray would run workers by `uv run` if it saw one among our ancestors.
    environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    paths = [command["cwd"], *filter(None, environ.get("PYTHONPATH", "").split(os.pathsep))]
    if environ.get("HELIOSTAT_SPOOL"):
        environ["HELIOSTAT_RUN"] = command["run"]
        environ.setdefault("RAY_RUNTIME_ENV_HOOK", "heliostat_probe.driver")
        paths.append(PROBE)
    environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    return environ


def _merged(ours, theirs):
    """Two runtime environments as one. An empty `env_vars` would cost a process for each worker."""
    variables = {**(ours.get("env_vars") or {}), **(theirs.get("env_vars") or {})}
    merged = {key: value for key, value in {**ours, **theirs}.items() if key != "env_vars"}
    return {**merged, "env_vars": variables} if variables else merged


def _expanded(value, environ):
    """`${NAME}` as Ray reads it in `env_vars`: what is not there is empty."""
    return re.sub(r"\$\{([A-Za-z0-9_]+)\}", lambda match: environ.get(match.group(1), ""), value)


def _find(name, environ):
    if os.sep in name:
        if not os.path.exists(name):
            raise CommandError(f"there is no {name}")
        return name
    for folder in environ.get("PATH", os.defpath).split(os.pathsep):
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    raise CommandError(f"there is no {name} on the cluster's PATH")


def _write(slot, name, text):
    """Whole or not at all for whoever reads it. A slot that has vanished is noticed elsewhere."""
    try:
        with open(os.path.join(slot, name + ".tmp"), "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(os.path.join(slot, name + ".tmp"), os.path.join(slot, name))
    except FileNotFoundError:
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
