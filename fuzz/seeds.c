/*
 * make-seeds: writes the seed corpora.
 *
 *     make-seeds CORPUS_FOLDER [VECTORS.tsv ...]
 *
 * Messages, snapshots and attributes come from our own builders; NTLM's and
 * Kerberos's messages from the vectors that the tests use (name, hexadecimal,
 * note). Run by
 * scripts/gen-corpus on a developer's machine; the files are kept in git.
 */
#include "fuzz.h"
#include "messages.h"

#include "ipc/attribute.h"
#include "ipc/token.h"
#include "lsa/lsa_internal.h"
#include "packages/kerberos/protect/context_data.h"
#include "packages/ntlm/protect/context_data.h"
#include "packages/ntlm/protect/transfer.h"
#include "sspi.h"

#include <string.h>
#include <sys/stat.h>

#define ROOM (64 * 1024)
#define PATH_ROOM 4096
#define NO_FAILURE 255
#define AP_REP_TIME INT64_C(1800000000)    /* WORLD_NOW of tests/unit/kerberos/world.h */

static const char *corpus;
static uint8_t room[ROOM];

static void
seed_write(const char *target, const char *name, struct view bytes)
{
    char path[PATH_ROOM];
    FILE *f;

    FUZZ_CHECK(bytes.n > 0);
    snprintf(path, sizeof(path), "%s/%s", corpus, target);
    (void)mkdir(path, 0777);
    snprintf(path, sizeof(path), "%s/%s/%s", corpus, target, name);
    f = fopen(path, "wb");
    FUZZ_CHECK(f != NULL);
    FUZZ_CHECK(fwrite(bytes.p, 1, bytes.n, f) == bytes.n);
    FUZZ_CHECK(fclose(f) == 0);
}

/* Small, so that a mutation is likely to hit what matters. */
static void
seed_message(const struct ipc_call *call, const struct ipc_layout *common_layout,
             const struct ipc_layout *layout)
{
    static union message common, body;
    struct wr w = wr_init(room, sizeof(room));
    struct ipc_prefix prefix = { call->id, 1, 0 };

    message_fill_least(common_layout, &common);
    message_fill_least(layout, &body);
    FUZZ_CHECK(ipc_message_build(&w, &prefix, common_layout, &common, layout, &body) == 0);
    seed_write("ipc_message", layout->name, wr_written(&w));
}

/* One with lists that have elements. */
static void
seed_accept(void)
{
    static struct ipc_call_req common = { .token = 5, .memory = { .count = 1 } };
    static struct ipc_accept_context_req body = { .credential = 7, .requirements = 3 };
    struct wr w = wr_init(room, sizeof(room));
    struct ipc_prefix prefix = { IPC_ID_accept_context, 2, 0 };

    common.memory.v[0] = (struct ipc_range){ 0x7fff00001000u, view_of("memory", 6) };
    body.input = (struct ipc_buffers){ .count = 2, .present = true };
    body.input.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 8, view_of("NTLMSSP", 8) };
    body.input.v[1] = (struct ipc_buffer){ SECBUFFER_EMPTY, 0, view_of("", 0) };
    body.output = (struct ipc_buffers){ .count = 1, .present = true };
    body.output.v[0] = (struct ipc_buffer){ SECBUFFER_TOKEN, 2888, view_of("", 0) };
    FUZZ_CHECK(ipc_message_build(&w, &prefix, &ipc_call_req_layout, &common,
                                 &ipc_accept_context_req_layout, &body) == 0);
    seed_write("ipc_message", "accept_context_req_buffers", wr_written(&w));
}

static void
seed_token(const char *name, uint32_t groups)
{
    static const uint8_t sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    static const uint8_t admins[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };
    const struct token_group list[] = {
        { view_of(sid, sizeof(sid)), 7 }, { view_of(admins, sizeof(admins)), 7 },
    };
    struct token_snapshot t = {
        .type = 2, .level = 2, .mapping = TOKEN_MAPPED, .uid = 1000, .gid = 1000,
        .user = view_of(sid, sizeof(sid)),
        .account = view_of(u"bob", groups > 0 ? 6 : 0),
        .home = view_of("/srv/bob", groups > 0 ? 8 : 0),
    };
    struct wr w = wr_init(room, sizeof(room));

    token_snapshot_build(&w, &t, list, groups);
    FUZZ_CHECK(!w.failed);
    seed_write("token_snapshot", name, wr_written(&w));
}

static void
seed_attribute(uint8_t kind, const struct attribute *a)
{
    static SEC_WCHAR text[] = u"Bob";
    static uint8_t bytes[4] = { 1, 2, 3, 4 };
    static SecPkgInfoW package = { 3, 1, 10, 2888, text, text };
    void *targets[] = { NULL, text, bytes, &package, NULL };
    _Alignas(16) uint8_t value[512] = { 0 };
    struct wr w = wr_init(room, sizeof(room));

    for (size_t i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        if (a->pointers[i].kind == ATTRIBUTE_NONE)
            continue;
        memcpy(value + a->pointers[i].offset, &targets[a->pointers[i].kind], sizeof(void *));
        if (a->pointers[i].kind == ATTRIBUTE_BYTES)
            value[a->pointers[i].length_offset] = sizeof(bytes);
    }
    wr_u8(&w, kind);
    wr_u8(&w, (uint8_t)a->id);
    wr_u8(&w, NO_FAILURE);
    attribute_put(&w, a, value);
    FUZZ_CHECK(!w.failed);
    seed_write("attribute_get", a->name, wr_written(&w));
}

static void
seed_attributes(void)
{
    static const uint32_t ids[] = {
        SECPKG_ATTR_SIZES, SECPKG_ATTR_NAMES, SECPKG_ATTR_KEY_INFO, SECPKG_ATTR_SESSION_KEY,
        SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_ATTR_NATIVE_NAMES, SECPKG_ATTR_NEGO_KEYS,
        SECPKG_ATTR_ACCESS_TOKEN, SECPKG_ATTR_IS_LOOPBACK,
    };

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        seed_attribute(0, attribute_find_context(ids[i]));
    seed_attribute(1, attribute_find_credential(SECPKG_CRED_ATTR_SSI_PROVIDER));
}

/* The same message as a datagram, in a memfd, unsealed, attached twice. */
static void
seed_frames(void)
{
    static const char *const names[] = { [0] = "inline", [1] = "memfd", [3] = "unsealed",
                                         [5] = "twice" };
    struct ipc_prefix prefix = { IPC_ID_status, 3, 0 };

    for (uint8_t form = 0; form < sizeof(names) / sizeof(names[0]); form++) {
        struct wr w = wr_init(room, sizeof(room));
        struct wr message;

        if (names[form] == NULL)
            continue;
        wr_u8(&w, form);
        message = wr_init(room + 1, sizeof(room) - 1);
        FUZZ_CHECK(ipc_message_build(&message, &prefix, &ipc_call_req_layout, NULL,
                                     &ipc_status_req_layout, NULL) == 0);
        seed_write("ipc_receive", names[form], view_of(room, 1 + message.len));
    }
}

/* As text, and one as bytes (MS-DTYP 2.4.2.4). */
static void
seed_sids(void)
{
    static const char *const texts[] = {
        "S-1-1-0", "S-1-5-32-544", "S-1-5-21-397955417-626881126-188441444-512",
        "S-1-0xfedcba987654-7",
    };
    static const uint8_t admins[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        seed_write("sid", texts[i], view_of(texts[i], strlen(texts[i])));
    seed_write("sid", "bytes", view_of(admins, sizeof(admins)));
}

/* One entry of a keytab, as MIT's library writes them. */
static void
keytab_entry_put(struct wr *w, uint8_t kvno, uint16_t enctype, uint16_t key_size)
{
    static const char *const parts[] = { "EXAMPLE.COM", "HTTP", "www.example.com" };
    uint32_t size = 2 + 4 + 4 + 1 + 2 + 2 + key_size + 4;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        size += 2 + (uint32_t)strlen(parts[i]);
    wr_u32be(w, size);
    wr_u16be(w, 2);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        wr_u16be(w, (uint16_t)strlen(parts[i]));
        wr_bytes(w, parts[i], strlen(parts[i]));
    }
    wr_u32be(w, 1);
    wr_u32be(w, 0);
    wr_u8(w, kvno);
    wr_u16be(w, enctype);
    wr_u16be(w, key_size);
    wr_zeros(w, key_size);
    wr_u32be(w, kvno);
}

static void
seed_keytabs(void)
{
    uint8_t bytes[512];
    struct wr w = wr_init(bytes, sizeof(bytes));

    wr_u16be(&w, 0x0502);
    seed_write("keytab", "empty", wr_written(&w));
    keytab_entry_put(&w, 1, 18, 32);
    seed_write("keytab", "one", wr_written(&w));
    wr_u32be(&w, (uint32_t)-8);         /* a hole */
    wr_zeros(&w, 8);
    keytab_entry_put(&w, 2, 17, 16);
    keytab_entry_put(&w, 2, 3, 8);      /* a type of which nothing is known */
    seed_write("keytab", "three", wr_written(&w));
}

/*
 * "v2.CHALLENGE_MESSAGE" is a seed of ntlm_challenge. A target with several kinds
 * of input tells them apart by a first octet.
 */
static const struct vector_target {
    const char *part, *target;
    int first;                  /* negative: none */
} targets[] = {
    { ".NEGOTIATE_", "ntlm_negotiate", -1 },
    { ".CHALLENGE_", "ntlm_challenge", -1 },
    { ".AUTHENTICATE_", "ntlm_authenticate", -1 },
    /* The order of fuzz_krb_message.c. */
    { "u2u.aes256-cts-hmac-sha1-96/ap_req_raw", "krb_message", 0 },
    { "sha1-96/mutual/ap.enc_ticket_part_der", "krb_message", 2 },
    { "ap.authenticator_der", "krb_message", 3 },
    { "ap.cksum8003", "krb_message", 4 },
    { "sha1-96/dce/tok2_ap_rep", "krb_message", 5 },
    { "enc_ap_rep_part_der", "krb_message", 6 },
    { "krb_error.skew_recovery/der", "krb_message", 7 },
    /* The kinds of fuzz_krb_ap_rep.c. */
    { "sha1-96/mutual/tok2_ap_rep.enc_ap_rep_part_der", "krb_ap_rep", 0 },
    { "sha1-96/dce/tok2_ap_rep", "krb_ap_rep", 1 },
    { "krb_error.skew_recovery/der", "krb_ap_rep", 2 },
    { "sha1-96/mutual/tok2_ap_rep", "krb_ap_rep", 3 },
    { "/mutual/tok1_ap_req", "krb_token", -1 },
    { "sha1-96/mutual/tok2_ap_rep", "krb_token", -1 },
    { "u2u.tokens/tgt_request_termsrv", "krb_token", -1 },
    { "w2003final/pac", "krb_pac", -1 },
    { "s4u_w2k8u/pac_no_keys_published", "krb_pac", -1 },
    { "sha1-96/mutual/ap.pac", "krb_pac", -1 },
    { "tgt_request_termsrv", "der", -1 },
    { "init", "spnego", -1 },
    { "resp.", "spnego", -1 },
    { "real.", "spnego", -1 },
    { "spnego.", "spnego", -1 },
    { "msspng.", "spnego", -1 },
    { "negoex.0", "negoex", -1 },
    { "negoex.token", "negoex", -1 },
    { "negoex.8.ALERT", "negoex", -1 },
    { "msnegoex.", "negoex", -1 },
    { "sha1-96/mutual/ap.enc_ticket_part_der", "der", -1 },
};

#define TARGETS (sizeof(targets) / sizeof(targets[0]))

/*
 * NTLM's messages by their signature and a part of the name, SPNEGO's and NegoEx's by the
 * name's beginning, Kerberos's by its end.
 */
static bool
target_is_for(const struct vector_target *t, const char *name, const char *hex)
{
    size_t n = strlen(name), end = strlen(t->part);

    if (strncmp(t->target, "ntlm", 4) == 0)
        return strstr(name, t->part) != NULL && strncmp(hex, "4e544c4d53535000", 16) == 0;
    if (strcmp(t->target, "spnego") == 0 || strcmp(t->target, "negoex") == 0)
        return strncmp(name, t->part, end) == 0;
    return n >= end && strcmp(name + n - end, t->part) == 0;
}

static void
seed_vector(const struct vector_target *t, const char *name, const char *hex)
{
    struct wr w = wr_init(room, sizeof(room));
    char file[PATH_ROOM];
    unsigned byte;

    if (t->first >= 0)
        wr_u8(&w, (uint8_t)t->first);
    while (sscanf(hex, "%2x", &byte) == 1) {
        wr_u8(&w, (uint8_t)byte);
        hex += 2;
    }
    snprintf(file, sizeof(file), "%s", name);
    for (char *slash = file; (slash = strchr(slash, '/')) != NULL;)
        *slash = '.';
    seed_write(t->target, file, wr_written(&w));
}

static void
seed_vectors(const char *path)
{
    static char line[ROOM];
    FILE *f = fopen(path, "r");

    FUZZ_CHECK(f != NULL);
    while (fgets(line, sizeof(line), f) != NULL) {
        char *name = strtok(line, "\t\n");
        char *hex = strtok(NULL, "\t\n");

        for (size_t i = 0; name != NULL && hex != NULL && i < TARGETS; i++)
            if (target_is_for(&targets[i], name, hex))
                seed_vector(&targets[i], name, hex);
    }
    fclose(f);
}

/* Of the client's time: with a subkey and a number, with one of them, of a type that is refused. */
static void
seed_krb_ap_rep(void)
{
    static const struct {
        const char *name;
        int32_t type;
        uint8_t key_size;
        bool has_sequence;
    } rows[] = {
        { "subkey", 18, 32, true }, { "subkey_of_another_type", 19, 16, true },
        { "subkey_alone", 18, 32, false }, { "number_alone", 0, 0, true },
        { "rc4", 23, 16, true },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wr w = wr_init(room, sizeof(room));
        uint8_t key[32] = { (uint8_t)i };
        struct krb_enc_ap_rep_part m = {
            .time = AP_REP_TIME,
            .has_subkey = rows[i].key_size > 0,
            .subkey = { rows[i].type, view_of(key, rows[i].key_size) },
            .has_sequence = rows[i].has_sequence,
            .sequence = 0x12345678,
        };

        wr_u8(&w, 0);
        krb_enc_ap_rep_part_build(&w, &m);
        seed_write("krb_ap_rep", rows[i].name, wr_written(&w));
    }
}

/* Types, styles and qualities; each unchanged, changed, and with a stream behind. */
static void
seed_protect(void)
{
    static const uint8_t kinds[] = { 0, 1, 2, 3, 4, 6, 9, 11, 14, 21, 24, 31, 34 };
    char name[16];

    for (size_t i = 0; i < sizeof(kinds); i++) {
        struct wr w = wr_init(room, sizeof(room));

        wr_u8(&w, kinds[i]);
        wr_u8(&w, (uint8_t)(i * 9));
        if (i % 3 > 0)
            wr_bytes(&w, "\0\5\1\0\7\0\0\5\1", i % 3 == 1 ? 3 : 9);
        (void)snprintf(name, sizeof(name), "kind%u", kinds[i]);
        seed_write("krb_protect", name, wr_written(&w));
    }
}

/* ContextData with one key and two, and the packed form. */
static void
seed_krb_import(void)
{
    static const uint8_t key[32];
    struct krb_context_data d = {
        .role = KRB_ROLE_ACCEPTOR, .gss_flags = KRB_GSS_CONF,
        .initiator_key = { 18, { key, 32 } }, .acceptor_key = { 17, { key, 16 } },
        .account = view_of(u"D\\u", 6), .client = view_of(u"u@R", 6),
        .pac = view_of("pac", 3),
    };
    struct wr w = wr_init(room, sizeof(room));

    krb_context_data_build(&w, &d);
    seed_write("krb_import", "two_keys", wr_written(&w));
    w = wr_init(room, sizeof(room));
    wr_u32le(&w, 0x5845524Bu);
    wr_u32le(&w, 1);
    wr_u32le(&w, (uint32_t)krb_context_data_size(&d));
    krb_context_data_build(&w, &d);
    wr_u64le(&w, 7);
    wr_u64le(&w, 9);
    wr_u64le(&w, 5);
    seed_write("krb_import", "packed", wr_written(&w));
    d.acceptor_key = (struct krb_key){ 0 };
    w = wr_init(room, sizeof(room));
    krb_context_data_build(&w, &d);
    seed_write("krb_import", "one_key", wr_written(&w));
    d.format = 2;
    w = wr_init(room, sizeof(room));
    krb_context_data_build(&w, &d);
    seed_write("krb_import", "pac", wr_written(&w));
}

/* ---- what applications and files bring ----------------------------------- */

static void
seed_auth_data(void)
{
    static struct lsa_auth_data a = {
        .rid = 1000, .flags = 2, .expires = INT64_MAX, .group_count = 2, .groups = { 1001, 513 },
    };
    struct wr w = wr_init(room, sizeof(room));

    a.account = view_of(u"alice", 10);
    a.local_user = view_of("daemon", 6);
    lsa_auth_data_build(&w, &a);
    seed_write("auth_data", "alice", wr_written(&w));
}

/* ContextData, and the packed form of a context whose one direction has begun. */
static void
seed_import(void)
{
    struct ntlm_context_data d = {
        .role = NTLM_ROLE_ACCEPTOR, .flags = 0xe2888235u, .attributes = 0x20,
        .session_key = "0123456789abcde", .account = view_of(u"D\\u", 6),
        .target = view_of(u"H/x", 6),
    };
    struct wr w = wr_init(room, sizeof(room));
    struct ntlm_protect p;

    ntlm_context_data_build(&w, &d);
    seed_write("ntlm_import", "context_data", wr_written(&w));
    w = wr_init(room, sizeof(room));
    ntlm_protect_init(&p, d.session_key, d.flags, NTLM_DETECTS_SEQUENCE,
                      NTLM_SERVER_TO_CLIENT);
    ntlm_stream_key(&p, &p.send, NTLM_SERVER_TO_CLIENT, 0);
    wr_u32le(&w, 0x5845544Eu);
    wr_u32le(&w, 1);
    wr_u32le(&w, (uint32_t)ntlm_context_data_size(&d));
    ntlm_context_data_build(&w, &d);
    ntlm_protect_pack(&p, &w);
    ntlm_protect_wipe(&p);
    seed_write("ntlm_import", "packed", wr_written(&w));
}

/* Both forms, with the data behind the head. */
static void
seed_bindings(void)
{
    for (uint32_t ex = 0; ex <= 16; ex += 16) {
        struct wr w = wr_init(room, sizeof(room));

        if (ex != 0) {
            wr_u32le(&w, SEC_CHANNEL_BINDINGS_EX_MAGIC);
            wr_u32le(&w, SEC_CHANNEL_BINDINGS_AUDIT_BINDINGS);
            wr_u32le(&w, 48);
            wr_u32le(&w, 54);
        }
        wr_zeros(&w, 24);
        wr_u32le(&w, 6);
        wr_u32le(&w, 32 + ex);
        wr_bytes(&w, "tls-un", 6);
        seed_write("channel_bindings", ex != 0 ? "ex" : "short", wr_written(&w));
    }
}

/* SEC_WINNT_AUTH_IDENTITY_EX2 with a password (sspi.h); the two readers take it alike. */
static void
seed_identity(void)
{
    static const uint8_t type[16] = {
        0x2f, 0xc3, 0xbf, 0x28, 0xf6, 0x10, 0x38, 0x47,
        0x98, 0xd1, 0x1a, 0xc0, 0x61, 0xdf, 0x71, 0x6a,
    };
    static const uint32_t head[12] = { 0x201, 48, 98, 48, 4, 52, 6, 58, 40, 2, 0, 0 };
    struct wr w = wr_init(room, sizeof(room));

    for (size_t i = 0; i < 12; i++)
        wr_u32le(&w, head[i]);
    wr_bytes(&w, u"me", 4);
    wr_bytes(&w, u"dom", 6);
    wr_u32le(&w, 28 | 40u << 16);
    wr_bytes(&w, type, sizeof(type));
    wr_u32le(&w, 28);
    wr_u32le(&w, 12);
    wr_u32le(&w, 8);
    wr_u32le(&w, 4);
    wr_bytes(&w, u"pw", 4);
    seed_write("auth_identity", "ex2", wr_written(&w));
    seed_write("auth_identity_client", "ex2", wr_written(&w));
}

static void
seed_texts(void)
{
    static const char *const texts[][3] = {
        { "import_line", "smbpasswd",
          "alice:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:8846F7EAEE8FB117AD06BDD830B7586C:"
          "[U          ]:LCT-4D5E6F70:" },
        { "import_line", "pwdump", "bob:1001:NO PASSWORD*********************:"
          "8846f7eaee8fb117ad06bdd830b7586c:::" },
        { "import_line", "winpr", "carol:DOM::8846f7eaee8fb117ad06bdd830b7586c:::" },
        { "config", "small",
          "[authority]\nmode = lsad\n[store]\npassword_history = 3\n[package NTLM]\n"
          "require_mic = yes\n[service web]\nuid = 33, 0\nmay = accept, token\n" },
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        seed_write(texts[i][0], texts[i][1], view_of(texts[i][2], strlen(texts[i][2])));
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return EXIT_FAILURE;
    corpus = argv[1];
    message_each(seed_message);
    seed_accept();
    seed_token("no_groups", 0);
    seed_token("two_groups", 2);
    seed_attributes();
    seed_frames();
    seed_sids();
    seed_keytabs();
    seed_protect();
    seed_krb_import();
    seed_krb_ap_rep();
    seed_auth_data();
    seed_import();
    seed_bindings();
    seed_identity();
    seed_texts();
    for (int i = 2; i < argc; i++)
        seed_vectors(argv[i]);
    return EXIT_SUCCESS;
}
