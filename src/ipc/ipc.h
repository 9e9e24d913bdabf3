/*
 * ipc: the messages between an application and the authority, generated from
 * calls.def, and their way over an AF_UNIX SOCK_SEQPACKET socket: one message
 * a datagram, or a sealed memfd where a message is larger than IPC_INLINE_MAX.
 *
 * A message: prefix (24 bytes: u32 magic, u16 call, u16 flags, u64 request id,
 * i32 status, u32 length of what follows), then fields: u16 tag (0x8000:
 * critical), u16 zero, u32 length, bytes. All little-endian. Tags strictly
 * ascend (without the critical bit), so no field can come twice: first the
 * call's own, then the common ones, which are 0x4000 and more. Received
 * messages are hostile on both sides; a malformed one ends the session.
 */
#ifndef IPC_IPC_H
#define IPC_IPC_H

#include "base/rd.h"
#include "base/wr.h"

#define IPC_VERSION 1
#define IPC_MAGIC 0x3150534fu           /* "OSP1" */
#define IPC_PREFIX 24
#define IPC_INLINE_MAX (128 * 1024)     /* larger messages travel in a memfd */
#define IPC_MESSAGE_MAX (4 * 1024 * 1024)
#define IPC_BUFFERS_MAX 16              /* SecBuffers a descriptor */
#define IPC_RANGES_MAX 32
/* An authority that accepts nobody for so long is hung. */
#define IPC_CONNECT_DEADLINE_MS 5000
/* For ipc_receive(): the deadline is the socket's own, of ipc_receive_deadline_set(). */
#define IPC_SOCKET_DEADLINE (-2)
/* For ipc_receive(): what comes within IPC_SOON_US, looked for without sleeping. */
#define IPC_SOON (-3)
/*
 * An idle processor takes 20 microseconds and more to wake up, on virtual machines above all, and a
 * quick call less than that. So both ends look for the other's next message this long before they
 * sleep; in between the processor goes to whoever wants it.
 */
#define IPC_SOON_US 50

struct ipc_buffer {
    uint32_t type;      /* BufferType with its attribute bits */
    uint32_t room;      /* output: bytes that fit; otherwise cbBuffer as told */
    struct view bytes;
};
struct ipc_buffers {
    uint32_t count;
    bool present;       /* a descriptor was given, possibly of no buffers */
    struct ipc_buffer v[IPC_BUFFERS_MAX];
};
struct ipc_range {
    uint64_t address;
    struct view bytes;
};
struct ipc_ranges {
    uint32_t count;
    struct ipc_range v[IPC_RANGES_MAX];
};

typedef uint32_t ipc_u32;
typedef uint64_t ipc_u64;
typedef struct view ipc_bytes;          /* p == NULL: absent */
typedef struct ipc_buffers ipc_buffers;
typedef struct ipc_ranges ipc_ranges;

#define IPC_CALL(name, id, doc)
#define IPC_BEGIN(message) struct ipc_##message {
#define IPC_FIELD(message, tag, type, name, critical, doc) ipc_##type name;
#define IPC_END(message) uint8_t ipc_unused_[1]; };
#include "ipc/calls.def"
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

#define IPC_CALL(name, id, doc) IPC_ID_##name = (id),
#define IPC_BEGIN(message)
#define IPC_FIELD(message, tag, type, name, critical, doc)
#define IPC_END(message)
enum ipc_id {
#include "ipc/calls.def"
    IPC_ID_END                  /* one more than the last */
};
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

enum ipc_type { IPC_TYPE_u32, IPC_TYPE_u64, IPC_TYPE_bytes, IPC_TYPE_buffers, IPC_TYPE_ranges };

struct ipc_field {
    uint16_t tag;           /* 0 ends the table */
    uint8_t type;           /* enum ipc_type */
    bool critical;
    uint16_t offset;        /* in the message's structure */
    const char *name;
    const char *doc;
};

/* A message's layout, e.g. ipc_accept_context_req_layout. */
struct ipc_layout {
    const char *name;
    const struct ipc_field *fields;
    size_t size;            /* of the structure */
};

#define IPC_CALL(name, id, doc)
#define IPC_BEGIN(message) extern const struct ipc_layout ipc_##message##_layout;
#define IPC_FIELD(message, tag, type, name, critical, doc)
#define IPC_END(message)
#include "ipc/calls.def"
#undef IPC_CALL
#undef IPC_BEGIN
#undef IPC_FIELD
#undef IPC_END

struct ipc_call {
    uint16_t id;
    const char *name;
    const char *doc;
    const struct ipc_layout *request;
    const struct ipc_layout *reply;
};

/* The call of this id; NULL when there is none. */
const struct ipc_call *ipc_call_find(uint16_t id);

/* The fixed start of a message. */
struct ipc_prefix {
    uint16_t call;
    uint64_t id;
    status_t status;        /* replies; 0 in requests */
};

/*
 * Writes prefix, common fields and the call's own. common_layout is
 * ipc_call_req_layout or ipc_call_rep_layout.
 */
MUST_CHECK status_t ipc_message_build(struct wr *w, const struct ipc_prefix *prefix,
                                      const struct ipc_layout *common_layout, const void *common,
                                      const struct ipc_layout *layout, const void *body);

/* The prefix alone: to learn which call it is. SEC_E_INVALID_TOKEN: malformed. */
MUST_CHECK status_t ipc_prefix_parse(struct view message, struct ipc_prefix *prefix);

/*
 * Fills the two structures (zeroed first) with views into message. Refused
 * (SEC_E_INVALID_TOKEN): a field twice, a wrong length, an unknown critical
 * field, too many elements, bytes left over.
 */
MUST_CHECK status_t ipc_message_parse(struct view message,
                                      const struct ipc_layout *common_layout, void *common,
                                      const struct ipc_layout *layout, void *body);

/*
 * Sends one message; larger than IPC_INLINE_MAX: as a sealed memfd. Blocks
 * until it is sent or timeout_ms (-1: none) has passed. Negative errno on failure.
 * No SIGPIPE is raised.
 */
MUST_CHECK int ipc_send(int fd, struct view message, int timeout_ms);

/* A receive buffer, reused from call to call. */
struct ipc_inbox {
    uint8_t *buffer;        /* IPC_INLINE_MAX bytes, made on first use */
    uint8_t *mapped;        /* of a memfd */
    size_t mapped_size;
    struct view message;
};
void ipc_inbox_init(struct ipc_inbox *in);
void ipc_inbox_wipe(struct ipc_inbox *in);
/* Unmaps and wipes the last message, keeping the buffer. */
void ipc_inbox_clear(struct ipc_inbox *in);
/*
 * One message into in->message, after clearing the last. 1: got one, 0: the peer
 * closed, negative errno otherwise: -EAGAIN (nothing there and timeout_ms is 0 or IPC_SOON),
 * -ETIMEDOUT, -EBADMSG (hostile: end the session). Only the frame was checked.
 */
MUST_CHECK int ipc_receive(int fd, struct ipc_inbox *in, int timeout_ms);
/*
 * How long ipc_receive(IPC_SOCKET_DEADLINE) waits on this socket. The kernel keeps
 * it, so a receive costs one system call; it is for sockets whose waits are alike.
 */
MUST_CHECK int ipc_receive_deadline_set(int fd, int timeout_ms);

struct ipc_peer {
    uint32_t pid, uid, gid;
};
/* SO_PEERCRED: what the peer was when it connected (D2). Negative errno on failure. */
MUST_CHECK int ipc_peer_get(int fd, struct ipc_peer *peer);

/*
 * Connects, close-on-exec. The descriptor, or negative errno; -ETIMEDOUT: the peer
 * accepted nobody for IPC_CONNECT_DEADLINE_MS.
 */
MUST_CHECK int ipc_connect(const char *path);
/* Binds and listens; an abandoned socket file is replaced. Negative errno. */
MUST_CHECK int ipc_listen(const char *path, unsigned mode);

#endif
