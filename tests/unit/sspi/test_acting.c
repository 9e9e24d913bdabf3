/*
 * Tokens in use: copies, membership, descriptors, and what a thread that acts for a client tells
 * the authority. The authority is the fake. Files and real uids: tests/contract/app_impersonate.c.
 */
#include "fake.h"

#include "child.h"
#include "half.h"

#include "base/sid.h"
#include "ipc/token.h"

#include "opensspi.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENT_UID 65534u
#define NUMBER 0x7000u

static const uint8_t user[] = { 1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 0xe8, 3, 0, 0 };
static const uint8_t users[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x21, 2, 0, 0 };
static const uint8_t denied[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };
static const uint8_t disabled[] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x22, 2, 0, 0 };
static const uint8_t everyone[] = { 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 };

static CredHandle cred;
static uint32_t level, mapping;
static uint64_t last_token, acquired_with, resolved_number;
static uint8_t closed[256];
static size_t closed_bytes, gid_bytes;

static struct view
snapshot(uint32_t as)
{
    static uint8_t room[1024];
    static const uint8_t gids[] = { 0xe9, 3, 0, 0, 0xea, 3, 0, 0 };
    struct wr w = wr_init(room, sizeof(room));
    struct token_group groups[] = {
        { view_of(users, sizeof(users)), SE_GROUP_ENABLED },
        { view_of(denied, sizeof(denied)), SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY },
        { view_of(disabled, sizeof(disabled)), SE_GROUP_ENABLED_BY_DEFAULT },
    };
    struct token_snapshot t = {
        .token_id = 5, .logon_id = 6, .expiry = 99, .type = TokenImpersonation, .level = level,
        .mapping = as, .uid = TOKEN_NO_UID, .gid = TOKEN_NO_UID,
        .user = view_of(user, sizeof(user)), .local_user = view_of("carl", 4),
    };

    if (as == TOKEN_MAPPED) {
        t.uid = t.gid = CLIENT_UID;
        t.gids = view_of(gids, gid_bytes);
        t.home = view_of("/srv/carl", 9);
    }
    token_snapshot_build(&w, &t, groups, UNIT_COUNT(groups));
    assert_false(w.failed);
    return wr_written(&w);
}

static void
note_common(const struct fake_call *c)
{
    last_token = c->with.token;
    if (c->with.closed_tokens.n > 0 && c->with.closed_tokens.n <= sizeof(closed)) {
        memcpy(closed, c->with.closed_tokens.p, c->with.closed_tokens.n);
        closed_bytes = c->with.closed_tokens.n;
    }
}

static status_t
answer_accept(struct fake_call *c)
{
    note_common(c);
    c->back.tokens.count = 1;
    c->back.tokens.v[0] = (struct ipc_range){ NUMBER, snapshot(mapping) };
    return fake_accept_mapped(c, 0x100 + fake.count[IPC_ID_accept_context], "token=28672");
}

static status_t
answer_acquire(struct fake_call *c)
{
    note_common(c);
    acquired_with = c->with.token;
    c->p.acquire.credential = 77;
    c->p.acquire.package = 1;
    return SEC_E_OK;
}

static status_t
answer_resolve(struct fake_call *c)
{
    note_common(c);
    resolved_number = c->q.resolve_token.token;
    c->p.resolve_token.snapshot = snapshot(TOKEN_MAPPED);
    return SEC_E_OK;
}

static status_t
answer_lookup_sid(struct fake_call *c)
{
    c->p.lookup_sid.name = view_of(u"carl", 8);
    c->p.lookup_sid.domain = view_of(u"LAB", 6);
    c->p.lookup_sid.use = c->q.lookup_sid.sid.n == sizeof(user) ? SidTypeUser : 0;
    return SEC_E_OK;
}

static status_t
answer_lookup_name(struct fake_call *c)
{
    if (c->q.lookup_name.name.n != 8)
        return SEC_E_NOT_OWNER;
    c->p.lookup_name.sid = view_of(user, sizeof(user));
    c->p.lookup_name.domain = view_of(u"LAB", 6);
    c->p.lookup_name.use = SidTypeUser;
    return SEC_E_OK;
}

static int
setup(void **state)
{
    fake_setup(state);
    fake.answers[IPC_ID_accept_context] = answer_accept;
    fake.answers[IPC_ID_resolve_token] = answer_resolve;
    fake.answers[IPC_ID_lookup_sid] = answer_lookup_sid;
    fake.answers[IPC_ID_lookup_name] = answer_lookup_name;
    cred = fake_credential(u"NTLM", NULL);
    fake.answers[IPC_ID_acquire_credential] = answer_acquire;
    level = SecurityImpersonation;
    mapping = TOKEN_MAPPED;
    closed_bytes = 0;
    gid_bytes = 2 * sizeof(uint32_t);
    last_token = acquired_with = resolved_number = 0;
    return 0;
}

static HANDLE
token_of(CtxtHandle *h)
{
    void *token;

    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, h, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(QuerySecurityContextToken(h, &token), SEC_E_OK);
    return token;
}

/* ---- facts ----------------------------------------------------------------- */

static void
who_it_is_on_this_machine(void **state)
{
    union {
        opensspi_token_linux l;
        uint8_t room[256];
    } u;
    CtxtHandle h;
    HANDLE token = token_of(&h);
    DWORD n = 0;

    (void)state;
    assert_false(GetTokenInformation(token, OPENSSPI_TOKEN_LINUX, NULL, 0, &n));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_true(n <= sizeof(u));
    assert_true(GetTokenInformation(token, OPENSSPI_TOKEN_LINUX, &u, n, &n));
    assert_int_equal(u.l.uid, CLIENT_UID);
    assert_int_equal(u.l.gid, CLIENT_UID);
    assert_int_equal(u.l.gid_count, 2);
    assert_int_equal(u.l.gids[1], 1002);
    assert_string_equal(u.l.user, "carl");
    assert_string_equal(u.l.home, "/srv/carl");
    assert_true(CloseHandle(token));
}

static void
a_pending_one_is_asked_for(void **state)
{
    opensspi_token_linux *l;
    uint8_t room[256];
    CtxtHandle h;
    HANDLE token;
    DWORD n;

    (void)state;
    mapping = TOKEN_PENDING;
    token = token_of(&h);
    assert_int_equal(resolved_number, NUMBER);
    assert_true(GetTokenInformation(token, OPENSSPI_TOKEN_LINUX, room, sizeof(room), &n));
    l = (opensspi_token_linux *)(void *)room;
    assert_int_equal(l->uid, CLIENT_UID);
    /* Not known is no reason to refuse the logon. */
    fake.answers[IPC_ID_resolve_token] = NULL;
    assert_true(CloseHandle(token));
    token = token_of(&h);
    assert_true(GetTokenInformation(token, OPENSSPI_TOKEN_LINUX, room, sizeof(room), &n));
    assert_int_equal(l->uid, OPENSSPI_NO_ID);
    assert_false(ImpersonateLoggedOnUser(token));
    assert_int_equal(GetLastError(), ERROR_CANNOT_IMPERSONATE);
    assert_true(CloseHandle(token));
}

static void
a_copy_says_no_more(void **state)
{
    SECURITY_IMPERSONATION_LEVEL got;
    CtxtHandle h;
    HANDLE token = token_of(&h), copy, other;
    TOKEN_TYPE type;
    DWORD n;

    (void)state;
    assert_true(DuplicateToken(token, SecurityIdentification, &copy));
    assert_true(GetTokenInformation(copy, TokenImpersonationLevel, &got, sizeof(got), &n));
    assert_int_equal(got, SecurityIdentification);
    assert_false(DuplicateToken(copy, SecurityImpersonation, &other));
    assert_int_equal(GetLastError(), ERROR_BAD_IMPERSONATION_LEVEL);
    assert_null(other);
    assert_false(DuplicateTokenEx(copy, 0, NULL, SecurityAnonymous, TokenPrimary, &other));
    assert_int_equal(GetLastError(), ERROR_BAD_IMPERSONATION_LEVEL);
    assert_false(ImpersonateLoggedOnUser(copy));
    assert_int_equal(GetLastError(), ERROR_BAD_IMPERSONATION_LEVEL);
    assert_true(DuplicateTokenEx(token, 0, NULL, SecurityImpersonation, TokenPrimary, &other));
    assert_true(GetTokenInformation(other, TokenType, &type, sizeof(type), &n));
    assert_int_equal(type, TokenPrimary);
    assert_false(DuplicateToken(token, (SECURITY_IMPERSONATION_LEVEL)4, &copy));
    assert_false(DuplicateToken((HANDLE)&h, SecurityAnonymous, &copy));
    assert_int_equal(GetLastError(), ERROR_INVALID_HANDLE);
    assert_false(DuplicateToken(token, SecurityAnonymous, NULL));
    assert_true(CloseHandle(token));
    assert_true(CloseHandle(other));
}

static void
who_is_in_it(void **state)
{
    static const struct {
        const uint8_t *sid;
        BOOL in;
    } cases[] = { { user, TRUE }, { users, TRUE }, { denied, FALSE }, { disabled, FALSE },
                  { everyone, FALSE } };
    uint8_t bad[8] = { 9 };
    CtxtHandle h;
    HANDLE token = token_of(&h), primary;
    BOOL in;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_true(CheckTokenMembership(token, (PSID)(uintptr_t)cases[i].sid, &in));
        assert_int_equal(in, cases[i].in);
    }
    assert_false(CheckTokenMembership(token, bad, &in));
    assert_int_equal(GetLastError(), ERROR_INVALID_SID);
    assert_false(CheckTokenMembership(NULL, (PSID)(uintptr_t)user, &in));
    assert_int_equal(GetLastError(), ERROR_NO_TOKEN);
    assert_true(DuplicateTokenEx(token, 0, NULL, SecurityImpersonation, TokenPrimary, &primary));
    assert_false(CheckTokenMembership(primary, (PSID)(uintptr_t)user, &in));
    assert_int_equal(GetLastError(), ERROR_NO_IMPERSONATION_TOKEN);
    assert_true(CloseHandle(primary));
    assert_true(CloseHandle(token));
}

/* ---- names ------------------------------------------------------------------- */

static void
names_come_as_on_windows(void **state)
{
    WCHAR name[8], domain[8], carl[] = OPENSSPI_WTEXT("carl"), other[] = OPENSSPI_WTEXT("x");
    DWORD name_n = 0, domain_n = 8, sid_n = 0;
    uint8_t sid[SECURITY_MAX_SID_SIZE];
    SID_NAME_USE use;

    (void)state;
    assert_false(LookupAccountSidW(NULL, (PSID)(uintptr_t)user, NULL, &name_n, domain, &domain_n,
                                   &use));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(name_n, 5);
    domain_n = 8;
    assert_true(LookupAccountSidW(NULL, (PSID)(uintptr_t)user, name, &name_n, domain, &domain_n,
                                  &use));
    assert_int_equal(name_n, 4);
    assert_int_equal(domain_n, 3);
    assert_memory_equal(name, carl, sizeof(carl));
    assert_int_equal(use, SidTypeUser);
    name_n = domain_n = 8;
    assert_false(LookupAccountSidW(NULL, (PSID)(uintptr_t)everyone, name, &name_n, domain,
                                   &domain_n, &use));
    assert_int_equal(GetLastError(), ERROR_NONE_MAPPED);
    assert_false(LookupAccountSidW(other, (PSID)(uintptr_t)user, name, &name_n, domain, &domain_n,
                                   &use));
    assert_int_equal(GetLastError(), ERROR_NOT_SUPPORTED);

    domain_n = 8;
    assert_false(LookupAccountNameW(NULL, carl, NULL, &sid_n, domain, &domain_n, &use));
    assert_int_equal(GetLastError(), ERROR_INSUFFICIENT_BUFFER);
    assert_int_equal(sid_n, sizeof(user));
    domain_n = 8;
    sid_n = sizeof(sid);
    assert_true(LookupAccountNameW(NULL, carl, sid, &sid_n, domain, &domain_n, &use));
    assert_memory_equal(sid, user, sizeof(user));
    domain_n = 8;
    assert_false(LookupAccountNameW(NULL, other, sid, &sid_n, domain, &domain_n, &use));
    assert_int_equal(GetLastError(), ERROR_ACCESS_DENIED);
}

static void
sids_are_read_from_text(void **state)
{
    static const WCHAR good[] = OPENSSPI_WTEXT("S-1-5-21-1000");
    static const WCHAR *const bad[] = {
        OPENSSPI_WTEXT(""), OPENSSPI_WTEXT("S-1-5-"), OPENSSPI_WTEXT("S-1-5-21-99999999999"),
        OPENSSPI_WTEXT("S-1-5-21-\u0661"), OPENSSPI_WTEXT("BA"),
    };
    PSID sid;

    (void)state;
    assert_true(ConvertStringSidToSidW(good, &sid));
    assert_int_equal(GetLengthSid(sid), sizeof(user));
    assert_memory_equal(sid, user, sizeof(user));
    assert_null(LocalFree(sid));
    for (size_t i = 0; i < UNIT_COUNT(bad); i++) {
        assert_false(ConvertStringSidToSidW(bad[i], &sid));
        assert_int_equal(GetLastError(), ERROR_INVALID_SID);
    }
    assert_false(ConvertStringSidToSidW(NULL, &sid));
    assert_int_equal(GetLastError(), ERROR_INVALID_PARAMETER);
}

/* ---- descriptors --------------------------------------------------------------- */

static void
a_descriptor_carries_it(void **state)
{
    CtxtHandle h;
    HANDLE token = token_of(&h), again;
    uint8_t room[256];
    DWORD n;
    int fd;

    (void)state;
    assert_int_equal(opensspi_token_to_fd(token, &fd), SEC_E_OK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    /* Sealed: nobody changes who it is. */
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_not_equal(ftruncate(fd, 1), 0);
    assert_true(CloseHandle(token));
    assert_int_equal(opensspi_token_from_fd(fd, &again), SEC_E_OK);
    assert_true(GetTokenInformation(again, TokenUser, room, sizeof(room), &n));
    assert_true(EqualSid(((TOKEN_USER *)(void *)room)->User.Sid, (PSID)(uintptr_t)user));
    assert_true(CloseHandle(again));
    close(fd);
    assert_int_equal(opensspi_token_to_fd(token, &fd), SEC_E_INVALID_HANDLE);
    assert_int_equal(opensspi_token_to_fd(token, NULL), SEC_E_INVALID_PARAMETER);
}

static int
memfd_of(struct view bytes, int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void
other_descriptors_are_refused(void **state)
{
    int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    struct view bytes = snapshot(TOKEN_MAPPED), cut = view_of(bytes.p, bytes.n - 1);
    int fds[] = { -1, open("/dev/null", O_RDONLY), memfd_of(bytes, all & ~F_SEAL_WRITE),
                  memfd_of(cut, all), memfd_of(view_of("", 0), all) };
    HANDLE token;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(fds); i++) {
        assert_int_equal(opensspi_token_from_fd(fds[i], &token), SEC_E_INVALID_TOKEN);
        assert_null(token);
        if (fds[i] >= 0)
            close(fds[i]);
    }
    /* Somebody else's: he may not say who a client is. */
    if (geteuid() == 0) {
        int fd;

        (void)syscall(SYS_setfsuid, CLIENT_UID);
        fd = memfd_of(bytes, all);
        (void)syscall(SYS_setfsuid, 0);
        assert_int_equal(opensspi_token_from_fd(fd, &token), SEC_E_NOT_OWNER);
        close(fd);
    }
}

/* ---- what the authority hears ---------------------------------------------------- */

static void
closed_tokens_are_told_with_the_next_call(void **state)
{
    CtxtHandle h;
    HANDLE token = token_of(&h), copy;
    CredHandle c;

    (void)state;
    assert_true(DuplicateToken(token, SecurityIdentification, &copy));
    assert_int_equal(DeleteSecurityContext(&h), SEC_E_OK);
    assert_true(CloseHandle(token));
    c = fake_credential(u"NTLM", NULL);
    assert_int_equal(FreeCredentialsHandle(&c), SEC_E_OK);
    /* The copy is known by the same number. */
    assert_int_equal(closed_bytes, 0);
    assert_true(CloseHandle(copy));
    c = fake_credential(u"NTLM", NULL);
    assert_int_equal(closed_bytes, sizeof(uint64_t));
    assert_int_equal(closed[1], NUMBER >> 8);
    assert_int_equal(FreeCredentialsHandle(&c), SEC_E_OK);
}

static SECURITY_STATUS
acquire(CredHandle *c)
{
    char16_t ntlm[] = u"NTLM";

    return AcquireCredentialsHandleW(NULL, (SEC_WCHAR *)ntlm, SECPKG_CRED_OUTBOUND, NULL, NULL,
                                     NULL, NULL, c, NULL);
}

/* Needs no authority: what an ordinary user gets is the answer of the kernel. */
static void
acting_is_told_with_each_call(void **state)
{
    CtxtHandle h, other;
    HANDLE token = token_of(&h), from_fd;
    CredHandle c;
    BOOL in;
    int fd;

    (void)state;
    if (geteuid() != 0) {
        assert_int_equal(ImpersonateSecurityContext(&h), SEC_E_NO_IMPERSONATION);
        assert_true(CloseHandle(token));
        return;
    }
    assert_int_equal(ImpersonateSecurityContext(&h), SEC_E_OK);
    assert_true(CheckTokenMembership(NULL, (PSID)(uintptr_t)users, &in));
    assert_true(in);
    assert_int_equal(acquire(&c), SEC_E_OK);
    assert_int_equal(acquired_with, NUMBER);
    assert_int_equal(FreeCredentialsHandle(&c), SEC_E_OK);
    assert_int_equal(AcceptSecurityContext(&cred, NULL, NULL, 0, 0, &other, NULL, NULL, NULL),
                     SEC_E_OK);
    assert_int_equal(last_token, NUMBER);
    /* In another session the number would name somebody else. */
    fake.session++;
    assert_int_equal(acquire(&c), SEC_E_NO_CREDENTIALS);
    fake.session--;
    assert_int_equal(RevertSecurityContext(&h), SEC_E_OK);
    assert_int_equal(acquire(&c), SEC_E_OK);
    assert_int_equal(acquired_with, 0);
    assert_int_equal(FreeCredentialsHandle(&c), SEC_E_OK);

    /* A token that was passed on is not one that the authority knows. */
    assert_int_equal(opensspi_token_to_fd(token, &fd), SEC_E_OK);
    assert_int_equal(opensspi_token_from_fd(fd, &from_fd), SEC_E_OK);
    assert_true(ImpersonateLoggedOnUser(from_fd));
    assert_int_equal(acquire(&c), SEC_E_NO_CREDENTIALS);
    assert_true(RevertToSelf());
    close(fd);
    assert_true(CloseHandle(from_fd));
    assert_true(CloseHandle(token));
}

/* Its number would be another token's there, or another client's. */
static void
another_session_is_not_told(void **state)
{
    CtxtHandle h, other;
    HANDLE token = token_of(&h);
    CredHandle c;

    (void)state;
    if (geteuid() == 0) {
        fake.session++;
        c = fake_credential(u"NTLM", NULL);
        assert_true(ImpersonateLoggedOnUser(token));
        last_token = NUMBER;
        assert_int_equal(AcceptSecurityContext(&c, NULL, NULL, 0, 0, &other, NULL, NULL, NULL),
                         SEC_E_OK);
        assert_int_equal(last_token, 0);
        assert_true(RevertToSelf());
        assert_int_equal(FreeCredentialsHandle(&c), SEC_E_OK);
    }
    assert_true(CloseHandle(token));
}

/* Who made it is the process, which others believe; the client may say nothing about clients. */
static void
a_descriptor_is_the_processs(void **state)
{
    CtxtHandle h;
    HANDLE token = token_of(&h);
    struct stat st;
    int fd;

    (void)state;
    if (geteuid() == 0) {
        assert_true(ImpersonateLoggedOnUser(token));
        assert_int_equal(opensspi_token_to_fd(token, &fd), SEC_E_OK);
        assert_int_equal(fstat(fd, &st), 0);
        assert_int_equal(st.st_uid, 0);
        close(fd);
        assert_int_equal(syscall(SYS_setfsuid, -1), CLIENT_UID);
        assert_true(RevertToSelf());
    }
    assert_true(CloseHandle(token));
}

/* For good, as another thread's setuid(2) may take it. */
static void
setuid_lose(void)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

    if (syscall(SYS_capget, &head, caps) != 0)
        child_exit(3);
    caps[0].effective &= ~(1u << CAP_SETUID);
    caps[0].permitted &= ~(1u << CAP_SETUID);
    if (syscall(SYS_capset, &head, caps) != 0)
        child_exit(3);
}

static _Noreturn void
lose_the_right_while_acting(void)
{
    struct rlimit none = { 0, 0 };
    CtxtHandle h;
    HANDLE token;
    int fd;

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)signal(SIGABRT, SIG_DFL);
    (void)setup(NULL);
    gid_bytes = 0;
    token = token_of(&h);
    if (setgroups(0, NULL) != 0 || !ImpersonateLoggedOnUser(token))
        child_exit(1);
    setuid_lose();
    /* For which it is itself for a moment. */
    (void)opensspi_token_to_fd(token, &fd);
    child_exit(2);
}

/* It would do the client's work with the server's rights: the process ends (D8). */
static void
who_cannot_become_the_client_again_ends(void **state)
{
    pid_t pid;
    int status;

    (void)state;
    if (geteuid() != 0)
        skip();
    pid = fork();
    if (pid == 0)
        lose_the_right_while_acting();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

/* The thread's right to choose groups. */
static void
setgid_allow(bool allowed)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

    assert_int_equal(syscall(SYS_capget, &head, caps), 0);
    caps[0].effective &= ~(1u << CAP_SETGID);
    if (allowed)
        caps[0].effective |= 1u << CAP_SETGID;
    assert_int_equal(syscall(SYS_capset, &head, caps), 0);
}

/* Nothing has changed: least of all has the thread the server's rights, for A's work. */
static void
a_failure_leaves_whom_it_acted_for(void **state)
{
    CtxtHandle a, b;
    HANDLE first = token_of(&a), second;

    (void)state;
    gid_bytes = sizeof(uint32_t);
    second = token_of(&b);
    if (geteuid() == 0) {
        assert_true(ImpersonateLoggedOnUser(first));
        setgid_allow(false);
        assert_false(ImpersonateLoggedOnUser(second));
        assert_int_equal(GetLastError(), ERROR_CANNOT_IMPERSONATE);
        assert_int_equal(syscall(SYS_setfsuid, -1), CLIENT_UID);
        assert_int_equal(getgroups(0, NULL), 2);
        setgid_allow(true);
        assert_true(RevertToSelf());
        assert_int_equal(syscall(SYS_setfsuid, -1), 0);
    }
    assert_true(CloseHandle(first));
    assert_true(CloseHandle(second));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_it_is_on_this_machine, setup),
        cmocka_unit_test_setup(a_pending_one_is_asked_for, setup),
        cmocka_unit_test_setup(a_copy_says_no_more, setup),
        cmocka_unit_test_setup(who_is_in_it, setup),
        cmocka_unit_test_setup(names_come_as_on_windows, setup),
        cmocka_unit_test_setup(sids_are_read_from_text, setup),
        cmocka_unit_test_setup(a_descriptor_carries_it, setup),
        cmocka_unit_test_setup(other_descriptors_are_refused, setup),
        cmocka_unit_test_setup(closed_tokens_are_told_with_the_next_call, setup),
        cmocka_unit_test_setup(acting_is_told_with_each_call, setup),
        cmocka_unit_test_setup(another_session_is_not_told, setup),
        cmocka_unit_test_setup(a_descriptor_is_the_processs, setup),
        cmocka_unit_test_setup(who_cannot_become_the_client_again_ends, setup),
        cmocka_unit_test_setup(a_failure_leaves_whom_it_acted_for, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
