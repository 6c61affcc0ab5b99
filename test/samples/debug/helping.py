def help(x):
    more = x + 1
    return more
