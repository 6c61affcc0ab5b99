"""Changes the network of a node from a helper container that shares the node's network namespace and has NET_ADMIN.

`tc` and `ip` are in few images, but Python is in every image with Ray, and the kernel takes the same orders over a
netlink socket (linux/rtnetlink.h, linux/pkt_sched.h):

    python heliostat_network.py cut
    python heliostat_network.py join GATEWAY
    python heliostat_network.py shape BYTES_PER_SECOND LATENCY_US     (0 leaves that one as it is)
    python heliostat_network.py try      (in a namespace of its own: prints `heliostat:has:tbf` for what is there)

Prints `heliostat:ok`, or `heliostat:no:` and what the kernel lacks or refuses.
"""

import errno
import os
import socket
import struct
import sys

NEW_LINK, NEW_ROUTE, NEW_QDISC, DELETE_QDISC = 16, 24, 36, 37
REQUEST, ACK, REPLACE, CREATE = 1, 4, 0x100, 0x400
ROOT = 0xFFFFFFFF
IFF_UP = 1
ETHERNET = 1


class Refused(Exception):
    pass


def attribute(kind, payload):
    length = 4 + len(payload)
    return struct.pack("=HH", length, kind) + payload + b"\0" * (-length % 4)


def order(message, flags, payload):
    """Sends one order and waits for the kernel's answer; raises OSError with its number."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        link.bind((0, 0))
        link.send(struct.pack("=IHHII", 16 + len(payload), message, flags | REQUEST | ACK, 1, 0) + payload)
        answer = link.recv(65536)
    code = -struct.unpack_from("=i", answer, 16)[0]
    if code:
        raise OSError(code, os.strerror(code))


def interface():
    for index, name in socket.if_nameindex():
        if name != "lo" and not name.startswith(("tunl", "sit", "ip6", "gre", "erspan")):
            return index
    raise Refused("the node has no network interface")


def set_up(index, is_up):
    flags = IFF_UP if is_up else 0
    order(NEW_LINK, 0, struct.pack("=BxHiII", socket.AF_UNSPEC, 0, index, flags, IFF_UP))


def join(index, gateway):
    set_up(index, True)
    if not gateway:
        return
    # Table main, protocol boot, scope universe, type unicast: the kernel dropped it with the link.
    route = struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, 254, 3, 0, 1, 0)
    route += attribute(5, socket.inet_aton(gateway)) + attribute(4, struct.pack("=I", index))
    order(NEW_ROUTE, CREATE | REPLACE, route)


def queue(index, handle, parent, kind, options):
    head = struct.pack("=BxxxiIII", socket.AF_UNSPEC, index, handle, parent, 0)
    try:
        order(
            NEW_QDISC,
            CREATE | REPLACE,
            head + attribute(1, kind.encode() + b"\0") + attribute(2, options),
        )
    except OSError as error:
        if error.errno == errno.ENOENT:
            raise Refused(f"this machine's kernel has no {kind} (sch_{kind})") from None
        raise Refused(f"the kernel refuses {kind}: {error.strerror}") from None


def shape(index, rate, latency_us):
    parent = ROOT
    if latency_us:
        # struct tc_netem_qopt: latency, limit, loss, gap, duplicate, jitter; then TCA_NETEM_LATENCY64 in ns.
        netem = struct.pack("=IIIIII", 0, 200_000, 0, 0, 0, 0) + attribute(10, struct.pack("=q", latency_us * 1000))
        queue(index, 0x10000, ROOT, "netem", netem)
        parent = 0x10001
    if rate:
        # Large enough for one segment as the card takes it, and for what passes between two ticks.
        burst = max(65536 + 4096, rate // 250)
        limit = burst + rate // 20
        spec = struct.pack("=BBHhHI", 0, ETHERNET, 0, 0, 0, min(rate, 0xFFFFFFFF))
        parameters = spec + struct.pack("=12xIII", min(limit, 0xFFFFFFFF), 0, 0)
        options = attribute(1, parameters) + attribute(6, struct.pack("=I", burst))
        if rate > 0xFFFFFFFF:
            options += attribute(4, struct.pack("=Q", rate))
        queue(index, 0x20000, parent, "tbf", options)


def try_out():
    for kind, rate, latency_us in (("tbf", 125_000_000, 0), ("netem", 0, 1000)):
        try:
            shape(socket.if_nametoindex("lo"), rate, latency_us)
            print(f"heliostat:has:{kind}")
        except Refused as refused:
            print(f"heliostat:lacks:{kind}:{refused}")


def main(action, *words):
    if action == "try":
        return try_out()
    index = interface()
    if action == "cut":
        set_up(index, False)
    elif action == "join":
        join(index, words[0] if words else "")
    elif action == "shape":
        shape(index, int(words[0]), int(words[1]))
    else:
        raise Refused(f"{action} is no action")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
        print("heliostat:ok")
    except Refused as refused:
        print(f"heliostat:no:{refused}")
    except OSError as error:
        print(f"heliostat:no:{error.strerror}")
