"""What Ray preloads into every worker (`RAY_preload_python_modules=heliostat_worker`)."""
try:
    import heliostat_probe

    heliostat_probe.start()
except Exception:
    # Ray stops a worker whose preloaded module raises anything but ImportError.
    pass
