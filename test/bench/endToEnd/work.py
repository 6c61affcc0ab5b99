"""Work for a CPU, the same amount wherever and in whatever crowd it runs."""

#: So many rounds are about a millisecond on a CPU of 2023.
ROUNDS = 12_000


def burn(milliseconds):
    value = 1
    for _ in range(milliseconds * ROUNDS):
        value = value * 1_103_515_245 + 12_345 & 0x7FFFFFFF
    return value
