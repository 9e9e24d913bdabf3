#!/usr/bin/python3
"""peer_gssapi.py: the other end of an interop test on python3-gssapi, as its users write it.

    peer_gssapi.py MODE initiate USER PASSWORD      peer_gssapi.py MODE accept

What peer_gss.c does, in the modes (interop/mode.h) that a Python program has use for: SPNEGO,
Kerberos and NTLM; sealed, signed and neither; channel bindings. Frames (interop/frame.h) on
standard input and output. Exit status 0: established, and every message was as it must be;
3: the handshake was refused; anything else: not.
"""
import struct
import sys

import gssapi
from gssapi import RequirementFlag as Flag
from gssapi.raw import ChannelBindings, acquire_cred_with_password, set_neg_mechs

KERBEROS = gssapi.OID.from_int_seq('1.2.840.113554.1.2.2')
NTLM = gssapi.OID.from_int_seq('1.3.6.1.4.1.311.2.2.10')
SPNEGO = gssapi.OID.from_int_seq('1.3.6.1.5.5.2')
MESSAGE_SIZES = [1, 15, 16, 1000, 65000]
REFUSED = 3


def frame_get():
    head = sys.stdin.buffer.read(4)
    if len(head) != 4:
        sys.exit(1)
    return sys.stdin.buffer.read(struct.unpack('>I', head)[0])


def frame_put(data):
    sys.stdout.buffer.write(struct.pack('>I', len(data)) + data)
    sys.stdout.buffer.flush()


def put_if_heard(data):
    """Who has refused, or was, may be gone: SPNEGO has a token for it, whose error python3-gssapi
    keeps for the next step. What he said before is read all the same."""
    try:
        frame_put(data)
    except BrokenPipeError:
        sys.stdout = open('/dev/null', 'w', encoding='ascii')


def message(size, from_initiator):
    return bytes((i * 13 + size + (7 if from_initiator else 101)) & 255 for i in range(size))


class Peer:
    def __init__(self, mode, initiator):
        words = mode.split(',')
        self.initiator = initiator
        self.seal = 'seal' in words
        self.sign = self.seal or 'sign' in words
        self.mutual = 'mutual' in words
        first = KERBEROS if 'kerberos' in words or 'both' in words else NTLM
        self.inner = [first, NTLM] if 'both' in words else [first]
        self.mech = SPNEGO if 'spnego' in words else first
        bound = [w[9:].encode() for w in words if w.startswith('bindings=')]
        self.bindings = ChannelBindings(application_data=bound[0]) if bound else None

    def limit(self, credential):
        if self.mech == SPNEGO:
            set_neg_mechs(credential, self.inner)
        return credential

    def flags(self):
        flags = Flag.mutual_authentication if self.mutual else 0
        if self.sign:
            flags |= Flag.integrity | Flag.replay_detection | Flag.out_of_sequence_detection
        return flags | Flag.confidentiality if self.seal else flags

    def initiate(self, user, password):
        name = gssapi.Name(user, gssapi.NameType.user)
        raw = acquire_cred_with_password(name, password.encode(), mechs=[self.mech],
                                         usage='initiate').creds
        self.context = gssapi.SecurityContext(
            name=gssapi.Name('HTTP@localhost', gssapi.NameType.hostbased_service), mech=self.mech,
            creds=self.limit(gssapi.Credentials(base=raw)), flags=self.flags(), usage='initiate',
            channel_bindings=self.bindings)
        token = self.context.step()
        while token is not None or not self.context.complete:
            if token:
                put_if_heard(token)
            if self.context.complete:
                break
            token = self.context.step(frame_get())
        return frame_get().startswith(b'OK')

    def accept(self):
        credential = self.limit(gssapi.Credentials(mechs=[self.mech], usage='accept'))
        self.context = gssapi.SecurityContext(creds=credential, usage='accept',
                                              channel_bindings=self.bindings)
        while not self.context.complete:
            token = self.context.step(frame_get())
            if token:
                frame_put(token)
        frame_put(b'OK ' + str(self.context.initiator_name).rstrip('\0').encode())
        return True

    def send(self, size):
        text = message(size, self.initiator)
        if self.seal:
            frame_put(self.context.wrap(text, True).message)
        frame_put(self.context.get_signature(text))

    def receive_sealed(self, size):
        got = self.context.unwrap(frame_get())
        assert got.encrypted and got.message == message(size, not self.initiator)

    def receive_signed(self, size):
        self.context.verify_signature(message(size, not self.initiator), frame_get())

    def receive(self, size):
        if self.seal:
            self.receive_sealed(size)
        self.receive_signed(size)

    def refuses_replay(self, size):
        try:
            (self.receive_sealed if self.seal else self.receive_signed)(size)
        except gssapi.exceptions.GSSError:
            return True
        return False

    def exchange(self):
        for size in MESSAGE_SIZES:
            for step in (self.send, self.receive) if self.initiator else (self.receive, self.send):
                step(size)
        first = MESSAGE_SIZES[0]
        assert self.refuses_replay(first), 'a message that came twice'
        text = message(first, self.initiator)
        frame_put(self.context.wrap(text, True).message if self.seal
                  else self.context.get_signature(text))


def main(mode, role, *identity):
    peer = Peer(mode, role == 'initiate')
    try:
        known = peer.initiate(*identity) if peer.initiator else peer.accept()
    except gssapi.exceptions.GSSError as error:
        print('peer_gssapi.py:', error, file=sys.stderr)
        if not peer.initiator:
            put_if_heard(b'NO')
        return REFUSED
    if not known:
        return REFUSED
    if peer.sign:
        peer.exchange()
    return 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
