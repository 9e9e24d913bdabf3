/*
 * protocol-doc: prints docs/PROTOCOL.md from the tables of calls.def, or, with
 * --dictionary, a dictionary for the fuzzers. A test compares the document in
 * the repository with this output, so the two cannot drift apart.
 *
 * Runs when the project is built; reads nothing but its own tables.
 */
#include "ipc/ipc_private.h"
#include "ipc/token.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char intro[] =
    "# The protocol between applications and the authority\n"
    "\n"
    "This file is generated from `src/ipc/calls.def` by `scripts/gen-protocol`; change that\n"
    "table or `src/ipc/protocol_doc.c`, not this file.\n"
    "\n"
    "## Transport\n"
    "\n"
    "An `AF_UNIX` socket of type `SOCK_SEQPACKET`, one message a datagram. The client sends a\n"
    "request and waits for its reply: one call is in flight on a connection, and the reply\n"
    "repeats the request's id. The first call is `hello`. Who the client is, is what the kernel\n"
    "says of the moment when it connected (`SO_PEERCRED`), or which socket it used.\n"
    "\n"
    "Both sides treat what they receive as hostile. A malformed message ends the session. A call\n"
    "that may have been executed is never sent again.\n"
    "\n";

static const char prefix_doc[] =
    "## Prefix\n"
    "\n"
    "All numbers are little-endian.\n"
    "\n"
    "| offset | type | name | contents |\n"
    "|---|---|---|---|\n"
    "| 0 | u32 | magic | 0x%08" PRIx32 " (the bytes `OSP1`) |\n"
    "| 4 | u16 | call | id of the call; a reply repeats it |\n"
    "| 6 | u16 | flags | bit 0: the message is in a memfd (below); all others 0 |\n"
    "| 8 | u64 | id | chosen by the client; a reply repeats it |\n"
    "| 16 | i32 | status | SECURITY_STATUS of the call; 0 in a request |\n"
    "| 20 | u32 | length | bytes that follow the prefix |\n"
    "\n"
    "The fields follow, up to the end of the message. A message is at most %u bytes long.\n"
    "\n"
    "### Large messages\n"
    "\n"
    "A message of more than %u bytes (or of more than the socket takes) travels in a memfd. The\n"
    "datagram is then the message's prefix alone with flag bit 0 set, and one descriptor is\n"
    "attached (`SCM_RIGHTS`): a memfd that holds the whole message, prefix included, the flag not\n"
    "set, and nothing else. It must carry the seals `F_SEAL_SEAL`, `F_SEAL_SHRINK`, `F_SEAL_GROW`\n"
    "and `F_SEAL_WRITE`. A descriptor with any other message is refused, and so are two.\n"
    "\n";

static const char fields_doc[] =
    "## Fields\n"
    "\n"
    "| offset | type | name | contents |\n"
    "|---|---|---|---|\n"
    "| 0 | u16 | tag | number of the field; 0x%04x added: critical |\n"
    "| 2 | u16 | reserved | 0 |\n"
    "| 4 | u32 | length | bytes of the value |\n"
    "| 8 | | value | by the field's type |\n"
    "\n"
    "Tags, without the critical bit, strictly ascend through a message, so no field comes twice.\n"
    "Tags from 0x%04x are the common fields of every request or reply, and come last. A field\n"
    "that is 0 or absent is not sent. A receiver skips a field that it does not know, unless the\n"
    "field is critical: then it refuses the message, because a restriction must not get lost. For\n"
    "a field that it knows, the critical bit makes no difference. Nothing may follow the last\n"
    "field, and every value must be used to its last byte. Tags and ids are never used again.\n"
    "\n"
    "| type | value |\n"
    "|---|---|\n"
    "| u32 | 4 bytes |\n"
    "| u64 | 8 bytes |\n"
    "| bytes | any bytes; a field of length 0 is present and empty, a missing field is absent |\n"
    "| buffers | u32 count (at most %u), then for each: u32 BufferType, u32 room (of an output "
    "buffer; otherwise cbBuffer as told), u32 length, the bytes |\n"
    "| ranges | u32 count (at most %u), then for each: u64 address, u32 length, the bytes |\n"
    "\n";

static const char forms_doc[] =
    "## Attributes\n"
    "\n"
    "`query_context` carries a context attribute as the bytes of its structure (of the size that\n"
    "the Windows x64 headers give it), every pointer 0; then, for each pointer member in the\n"
    "order of the structure's table (`src/ipc/attribute_table.c`), u32 length and the bytes:\n"
    "\n"
    "| member | bytes |\n"
    "|---|---|\n"
    "| a string | UTF-16 with its NUL, which is the only one; length 0: NULL |\n"
    "| bytes whose length is another member | as many as that member says; length 0: NULL |\n"
    "| SecPkgInfoW | u32 fCapabilities, u16 wVersion, u16 wRPCID, u32 cbMaxToken, then Name and "
    "Comment as strings: u32 length and the bytes; length 0: NULL |\n"
    "| a handle | not listed: it stays in the structure's bytes |\n"
    "\n"
    "## Token snapshots\n"
    "\n"
    "The contents of a range of `tokens`: who a client is, complete and immutable.\n"
    "\n"
    "| type | contents |\n"
    "|---|---|\n"
    "| u32 | 0x314b544f (the bytes `OTK1`) |\n"
    "| u64 | TokenId, a LUID |\n"
    "| u64 | AuthenticationId: LUID of the logon session |\n"
    "| u64 | expiry, FILETIME |\n"
    "| u32 | 1 primary, 2 impersonation |\n"
    "| u32 | impersonation level, 0 to 3 |\n"
    "| 8 bytes | TOKEN_SOURCE.SourceName |\n"
    "| u64 | TOKEN_SOURCE.SourceIdentifier, a LUID |\n"
    "| u32 | who it is on this machine: 0 nobody, 1 the uid that follows, 2 not asked yet |\n"
    "| u32, u32 | uid, gid: never 0; 0xffffffff where there is none |\n"
    "| u32 length, bytes | SID of the user |\n"
    "| u32 length, bytes | SID of the primary group, or nothing |\n"
    "| u32 length, bytes | account name, UTF-16 |\n"
    "| u32 length, bytes | domain name, UTF-16 |\n"
    "| u32 length, bytes | name of the local user, UTF-8 |\n"
    "| u32 length, bytes | his home folder, UTF-8 |\n"
    "| u32 length, bytes | his other gids, u32 each, none 0 |\n"
    "| u32 | count of groups, at most %u |\n"
    "| for each | u32 SE_GROUP_* attributes, u32 length, SID |\n"
    "\n";

static const char *
type_name(uint8_t type)
{
    static const char *const names[] = {
        [IPC_TYPE_u32] = "u32", [IPC_TYPE_u64] = "u64", [IPC_TYPE_bytes] = "bytes",
        [IPC_TYPE_buffers] = "buffers", [IPC_TYPE_ranges] = "ranges",
    };

    return names[type];
}

static void
print_fields(const struct ipc_layout *layout)
{
    if (layout->fields->tag == 0) {
        printf("No fields.\n\n");
        return;
    }
    printf("| tag | type | name | critical | contents |\n|---|---|---|---|---|\n");
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++)
        printf(f->tag < IPC_TAG_COMMON ? "| %u | %s | %s | %s | %s |\n"
                                       : "| 0x%04x | %s | %s | %s | %s |\n",
               (unsigned)f->tag, type_name(f->type), f->name, f->critical ? "yes" : "no",
               f->doc);
    printf("\n");
}

static void
print_call(const struct ipc_call *call)
{
    printf("### %u: %s\n\n%s.\n\nRequest:\n\n", (unsigned)call->id, call->name, call->doc);
    print_fields(call->request);
    printf("Reply:\n\n");
    print_fields(call->reply);
}

static void
print_document(void)
{
    fputs(intro, stdout);
    printf(prefix_doc, (uint32_t)IPC_MAGIC, (unsigned)IPC_MESSAGE_MAX, (unsigned)IPC_INLINE_MAX);
    printf(fields_doc, IPC_TAG_CRITICAL, IPC_TAG_COMMON, (unsigned)IPC_BUFFERS_MAX,
           (unsigned)IPC_RANGES_MAX);
    printf(forms_doc, (unsigned)TOKEN_GROUPS_MAX);
    printf("## Common fields\n\nOf every request:\n\n");
    print_fields(&ipc_call_req_layout);
    printf("Of every reply:\n\n");
    print_fields(&ipc_call_rep_layout);
    printf("## Calls\n\nA reply whose status is a failure may leave out every field.\n\n");
    for (uint16_t id = 0; id < IPC_ID_END; id++)
        if (ipc_call_find(id) != NULL)
            print_call(ipc_call_find(id));
}

/* A field's header as libFuzzer and AFL++ read it: tag and reserved, not the length. */
static void
print_entries(const char *prefix, const struct ipc_layout *layout)
{
    for (const struct ipc_field *f = layout->fields; f->tag != 0; f++) {
        unsigned wire = f->tag | (f->critical ? IPC_TAG_CRITICAL : 0);

        printf("%s_%s=\"\\x%02x\\x%02x\\x00\\x00\"\n", prefix, f->name, wire & 0xffu, wire >> 8);
    }
}

static void
print_dictionary(void)
{
    print_entries("call_req", &ipc_call_req_layout);
    print_entries("call_rep", &ipc_call_rep_layout);
    for (uint16_t id = 0; id < IPC_ID_END; id++) {
        const struct ipc_call *call = ipc_call_find(id);

        if (call == NULL)
            continue;
        printf("%s=\"OSP1\\x%02x\\x00\"\n", call->name, (unsigned)call->id);
        print_entries(call->request->name, call->request);
        print_entries(call->reply->name, call->reply);
    }
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--dictionary") == 0)
        print_dictionary();
    else
        print_document();
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
