def double(x):
    twice = x * 2
    return twice
