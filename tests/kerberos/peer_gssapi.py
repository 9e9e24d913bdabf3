#!/usr/bin/python3
"""peer_gssapi: the other end of an interop test on Debian's python3-gssapi, as scripts use it.

    peer_gssapi.py MODE initiate USER        peer_gssapi.py MODE accept

Does what peer_gss.c does, on frames (tests/interop/frame.h) over standard input and output. MODE
is mode.h's as far as it concerns Kerberos, and "delegate": an initiator forwards its ticket, an
acceptor must get it. An initiator has its tickets in KRB5CCNAME, an acceptor its keys in
KRB5_KTNAME. Exit status 0: established, and every message was as it must be; 3: the handshake was
refused; 77: there is no python3-gssapi; 1: anything else.
"""
import struct
import sys

try:
    import gssapi
    from gssapi.raw import ChannelBindings
except ImportError:
    print("skipped: python3-gssapi is not there; scripts/deps peers installs it", file=sys.stderr)
    sys.exit(77)

KRB5 = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
FLAG = gssapi.RequirementFlag
SIZES = (1, 15, 16, 1000, 65000)


def frame_put(data):
    sys.stdout.buffer.write(struct.pack(">I", len(data)) + data)
    sys.stdout.buffer.flush()


def frame_get():
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        sys.exit("peer_gssapi: the other end is gone")
    return sys.stdin.buffer.read(struct.unpack(">I", head)[0])


def message(size, from_initiator):
    first = size + (7 if from_initiator else 101)
    return bytes((i * 13 + first) & 255 for i in range(size))


def wanted(mode):
    flags = 0
    for word, flag in (
        ("mutual", FLAG.mutual_authentication),
        ("delegate", FLAG.delegate_to_peer),
        ("dce", FLAG.dce_style),
    ):
        flags |= flag if word in mode else 0
    if "plain" not in mode:
        flags |= FLAG.integrity | FLAG.replay_detection | FLAG.out_of_sequence_detection
        flags |= FLAG.confidentiality if "sign" not in mode else 0
    return flags


def bindings(mode):
    for word in mode:
        if word.startswith("bindings="):
            return ChannelBindings(application_data=word[len("bindings="):].encode())
    return None


def initiate(mode, user):
    cred = gssapi.Credentials(usage="initiate", mechs=[KRB5], name=gssapi.Name(user))
    target = gssapi.Name("HTTP@localhost", gssapi.NameType.hostbased_service)
    context = gssapi.SecurityContext(name=target, creds=cred, mech=KRB5, usage="initiate",
                                     flags=wanted(mode), channel_bindings=bindings(mode))
    token = context.step()
    frame_put(token)
    while not context.complete:
        token = context.step(frame_get())
        if token:
            frame_put(token)
    verdict = frame_get()
    print("peer_gssapi: the acceptor says", verdict.decode(), file=sys.stderr)
    if not verdict.startswith(b"OK"):
        sys.exit(3)
    return context


def accept(mode):
    context = gssapi.SecurityContext(creds=gssapi.Credentials(usage="accept"), usage="accept",
                                     channel_bindings=bindings(mode))
    while not context.complete:
        token = context.step(frame_get())
        if token:
            frame_put(token)
    if "delegate" in mode:
        # What was forwarded is a ticket of the client's, good for a ticket to the next server.
        onward = gssapi.Name("second@localhost", gssapi.NameType.hostbased_service)
        gssapi.SecurityContext(name=onward, creds=context.delegated_creds, usage="initiate").step()
        print("peer_gssapi: delegated", context.delegated_creds.name, file=sys.stderr)
    frame_put(b"OK " + str(context.initiator_name).encode())
    return context


def send(context, size, initiator, seal):
    data = message(size, initiator)
    if seal:
        frame_put(context.wrap(data, True).message)
    frame_put(context.get_signature(data))


def receive(context, size, from_initiator, seal):
    data = message(size, from_initiator)
    if seal:
        got = context.unwrap(frame_get())
        if got.message != data or not got.encrypted:
            sys.exit("peer_gssapi: another message")
    context.verify_signature(data, frame_get())


def again(context, from_initiator, seal):
    """One that was here before must be refused."""
    try:
        if seal:
            context.unwrap(frame_get())
        else:
            context.verify_signature(message(SIZES[0], from_initiator), frame_get())
    except gssapi.exceptions.GSSError:
        return
    sys.exit("peer_gssapi: a message was taken twice")


def exchange(context, initiator, seal):
    """The order is frame.h's."""
    for size in SIZES:
        if initiator:
            send(context, size, True, seal)
        receive(context, size, not initiator, seal)
        if not initiator:
            send(context, size, False, seal)
    again(context, not initiator, seal)
    data = message(SIZES[0], initiator)
    frame_put(context.wrap(data, True).message if seal else context.get_signature(data))


def main():
    mode = sys.argv[1].split(",")
    initiator = sys.argv[2] == "initiate"
    try:
        context = initiate(mode, sys.argv[3]) if initiator else accept(mode)
    except gssapi.exceptions.GSSError as error:
        print("peer_gssapi:", error, file=sys.stderr)
        if not initiator:
            frame_put(b"NO")
        sys.exit(3)
    if "plain" not in mode:
        exchange(context, initiator, "sign" not in mode)


main()
