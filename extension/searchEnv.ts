/** The part of this process's environment in which Pythons are looked for. Pure. */

/** As in `RunRequest.searchEnv`. The engine may be older than this window, so it is told where this window looks. */
export function searchEnv(env: Record<string, string | undefined>): Record<string, string> {
  const names = ['PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'PYENV_ROOT', 'UV_PYTHON_INSTALL_DIR'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
