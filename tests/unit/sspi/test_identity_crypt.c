/* Encrypted identities: who can decrypt one, what is in memory meanwhile, and what is forged. */
#include "child.h"
#include "unit.h"

#include "sspi/auth_identity.h"
#include "sspi/memory.h"

#include "sspi.h"

#include <grp.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SAME_LOGON SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_LOGON
#define SAME_PROCESS SEC_WINNT_AUTH_IDENTITY_ENCRYPT_SAME_PROCESS
#define FOR_SYSTEM SEC_WINNT_AUTH_IDENTITY_ENCRYPT_FOR_SYSTEM

static const char16_t password[] = u"Pa\u00dfwort \xd83d\xde00";
#define PASSWORD_BYTES (sizeof(password) - sizeof(password[0]))

/* Containers are often kept from all keyrings. */
static bool
is_without_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1) < 0;
}

static SEC_WINNT_AUTH_IDENTITY_EXW *
identity(const char16_t *secret)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE id;

    assert_int_equal(SspiEncodeStringsAsAuthIdentity(u"alice", u"EXAMPLE", secret, &id), SEC_E_OK);
    return id;
}

static bool
has_password(PSEC_WINNT_AUTH_IDENTITY_OPAQUE id)
{
    PCWSTR user, domain, secret;
    bool right;

    if (SspiEncodeAuthIdentityAsStrings(id, &user, &domain, &secret) != SEC_E_OK)
        return false;
    right = memcmp(secret, password, sizeof(password)) == 0
        && memcmp(user, u"alice", 12) == 0 && memcmp(domain, u"EXAMPLE", 16) == 0;
    SspiLocalFree((void *)(uintptr_t)user);
    SspiLocalFree((void *)(uintptr_t)domain);
    SspiLocalFree((void *)(uintptr_t)secret);
    return right;
}

static void
there_and_back(void **state)
{
    static const ULONG options[] = { SAME_PROCESS, SAME_LOGON };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(options); i++) {
        SEC_WINNT_AUTH_IDENTITY_EXW *id = identity(password);
        const SEC_WINNT_AUTH_IDENTITY_EXW before = *id;

        if (options[i] == SAME_LOGON && is_without_keyring()) {
            assert_int_equal(SspiEncryptAuthIdentityEx(SAME_LOGON, id),
                             SEC_E_UNSUPPORTED_FUNCTION);
            assert_true(has_password(id));
            SspiFreeAuthIdentity(id);
            continue;
        }
        assert_int_equal(SspiEncryptAuthIdentityEx(options[i], id), SEC_E_OK);
        assert_true(SspiIsAuthIdentityEncrypted(id));
        assert_int_equal(id->PasswordLength, before.PasswordLength + 14);
        assert_null(memmem(id, sspi_memory_size(id), password, 6));
        /* Again, or by another option, it is an error, and nothing has changed. */
        assert_int_equal(SspiEncryptAuthIdentityEx(options[i], id), SEC_E_INVALID_PARAMETER);
        assert_int_equal(SspiDecryptAuthIdentityEx(options[!i], id), SEC_E_INVALID_PARAMETER);
        assert_int_equal(SspiDecryptAuthIdentityEx(0, id), SEC_E_INVALID_PARAMETER);
        /* Whoever can decrypt it need not do so first. */
        assert_true(has_password(id));
        assert_int_equal(SspiDecryptAuthIdentityEx(options[i], id), SEC_E_OK);
        assert_false(SspiIsAuthIdentityEncrypted(id));
        assert_memory_equal(id, &before, sizeof(before));
        assert_memory_equal(id->Password, password, sizeof(password));
        assert_int_equal(SspiDecryptAuthIdentityEx(options[i], id), SEC_E_INVALID_PARAMETER);
        SspiFreeAuthIdentity(id);
    }
}

/* The forms without options: this process's; and no nonce twice. */
static void
without_options(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *one = identity(password), *two = identity(password);
    BOOLEAN same_user = 9, same = 9;

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentity(one), SEC_E_OK);
    assert_int_equal(SspiEncryptAuthIdentity(two), SEC_E_OK);
    assert_int_equal(one->Flags & AUTH_IDENTITY_ENCRYPTED,
                     SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED);
    assert_memory_not_equal(one->Password, two->Password, 12);
    /* They are compared by what is in them. */
    assert_int_equal(SspiCompareAuthIdentities(one, two, &same_user, &same), SEC_E_OK);
    assert_true(same_user && same);
    assert_int_equal(SspiDecryptAuthIdentity(one), SEC_E_OK);
    assert_int_equal(SspiCompareAuthIdentities(one, two, &same_user, &same), SEC_E_OK);
    assert_true(same_user && same);
    SspiFreeAuthIdentity(one);
    SspiFreeAuthIdentity(two);
}

static void
what_is_not_there(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *id = identity(password);
    static char16_t name[] = u"alice";
    SEC_WINNT_AUTH_IDENTITY_W plain = { (unsigned short *)name, 5, NULL, 0, NULL, 0,
                                        SEC_WINNT_AUTH_IDENTITY_UNICODE };

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentityEx(FOR_SYSTEM, id), SEC_E_UNSUPPORTED_FUNCTION);
    assert_int_equal(SspiEncryptAuthIdentityEx(0, id), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiEncryptAuthIdentityEx(SAME_PROCESS | SAME_LOGON, id),
                     SEC_E_INVALID_PARAMETER);
    assert_true(has_password(id));
    /* What the caller made has no room for what is longer. */
    assert_int_equal(SspiEncryptAuthIdentity(&plain), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiDecryptAuthIdentity(&plain), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiEncryptAuthIdentity(NULL), SEC_E_INVALID_PARAMETER);
    assert_int_equal(SspiDecryptAuthIdentity(NULL), SEC_E_INVALID_PARAMETER);
    /* By another program's word it is encrypted in a way that is none of these. */
    id->Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_ENCRYPTED;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_UNSUPPORTED_FUNCTION);
    id->Flags |= SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_UNSUPPORTED_FUNCTION);
    SspiFreeAuthIdentity(id);
}

/* Empty is a password, and encrypted as any; without one there is only the flag. */
static void
empty_and_absent(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *empty = identity(u""), *none = identity(NULL);

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentity(empty), SEC_E_OK);
    assert_int_equal(empty->PasswordLength, 14);
    assert_int_equal(SspiDecryptAuthIdentity(empty), SEC_E_OK);
    assert_int_equal(empty->PasswordLength, 0);
    assert_int_equal(empty->Password[0], 0);
    assert_int_equal(SspiEncryptAuthIdentity(none), SEC_E_OK);
    assert_true(SspiIsAuthIdentityEncrypted(none));
    assert_null(none->Password);
    assert_int_equal(SspiDecryptAuthIdentity(none), SEC_E_OK);
    assert_false(SspiIsAuthIdentityEncrypted(none));
    SspiFreeAuthIdentity(empty);
    SspiFreeAuthIdentity(none);
}

/* Every bit of the sealed password, of the names, and the way that the flag names. */
static void
forged_ones_stay_closed(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *id = identity(password);
    uint8_t *sealed;

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentity(id), SEC_E_OK);
    sealed = (uint8_t *)id->Password;
    for (size_t i = 0; i < 8u * 2u * id->PasswordLength; i++) {
        sealed[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
        assert_false(has_password(id));
        sealed[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    id->User[0] ^= 1;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
    id->User[0] ^= 1;
    /* A letter of the one name given to the other. */
    id->UserLength--;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
    id->UserLength++;
    id->DomainLength--;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
    id->DomainLength++;
    id->Flags ^= SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED
        | SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
    id->Flags ^= SEC_WINNT_AUTH_IDENTITY_FLAGS_PROCESS_ENCRYPTED
        | SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED;
    id->PasswordLength = 13;
    assert_int_equal(SspiDecryptAuthIdentity(id), SEC_E_DECRYPT_FAILURE);
    id->PasswordLength = (ULONG)(PASSWORD_BYTES / 2) + 14;
    assert_true(has_password(id));
    SspiFreeAuthIdentity(id);
}

/* Copies, bytes without pointers and lists of packages keep it encrypted. */
static void
it_travels_encrypted(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *id = identity(password);
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE copy, without, back;
    char *bytes;
    ULONG n;

    (void)state;
    assert_int_equal(SspiEncryptAuthIdentityEx(is_without_keyring() ? SAME_PROCESS : SAME_LOGON,
                                               id), SEC_E_OK);
    assert_int_equal(SspiCopyAuthIdentity(id, &copy), SEC_E_OK);
    SspiFreeAuthIdentity(id);
    assert_int_equal(SspiExcludePackage(copy, u"Kerberos", &without), SEC_E_OK);
    SspiFreeAuthIdentity(copy);
    assert_int_equal(SspiMarshalAuthIdentity(without, &n, &bytes), SEC_E_OK);
    SspiFreeAuthIdentity(without);
    assert_null(memmem(bytes, n, password, PASSWORD_BYTES));
    assert_true(SspiIsAuthIdentityEncrypted(bytes));
    assert_true(has_password(bytes));
    assert_int_equal(SspiUnmarshalAuthIdentity(n, bytes, &back), SEC_E_OK);
    SspiLocalFree(bytes);
    assert_true(SspiIsAuthIdentityEncrypted(back));
    assert_int_equal(SspiDecryptAuthIdentity(back), SEC_E_OK);
    assert_true(has_password(back));
    SspiFreeAuthIdentity(back);
}

/* ---- who can decrypt it ------------------------------------------------- */

/* What a child says: decrypted in each of the two ways? */
enum { OF_PROCESS = 1, OF_LOGON = 2 };

static int
decrypted(PSEC_WINNT_AUTH_IDENTITY_OPAQUE of_process, PSEC_WINNT_AUTH_IDENTITY_OPAQUE of_logon)
{
    return (SspiDecryptAuthIdentity(of_process) == SEC_E_OK ? OF_PROCESS : 0)
        | (SspiDecryptAuthIdentity(of_logon) == SEC_E_OK ? OF_LOGON : 0);
}

static void
as_itself(void)
{
}

/* A service manager's way: a session keyring that does not have the user's. */
static void
in_another_session(void)
{
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
        child_exit(8);
}

static void
as_another_user(void)
{
    if (setgroups(0, NULL) != 0 || setresgid(65533, 65533, 65533) != 0
        || setresuid(65533, 65533, 65533) != 0)
        child_exit(8);
}

static int
in_child(void (*become)(void), PSEC_WINNT_AUTH_IDENTITY_OPAQUE of_process,
         PSEC_WINNT_AUTH_IDENTITY_OPAQUE of_logon)
{
    pid_t pid = fork();
    int status;

    assert_true(pid >= 0);
    if (pid == 0) {
        become();
        child_exit(decrypted(of_process, of_logon));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void
whose_key_it_is(void **state)
{
    SEC_WINNT_AUTH_IDENTITY_EXW *of_process, *of_logon;

    (void)state;
    if (is_without_keyring())
        skip();
    of_process = identity(password);
    of_logon = identity(password);
    assert_int_equal(SspiEncryptAuthIdentityEx(SAME_PROCESS, of_process), SEC_E_OK);
    assert_int_equal(SspiEncryptAuthIdentityEx(SAME_LOGON, of_logon), SEC_E_OK);
    assert_int_equal(of_logon->Flags & AUTH_IDENTITY_ENCRYPTED,
                     getuid() == 0 ? SEC_WINNT_AUTH_IDENTITY_FLAGS_SYSTEM_PROTECTED
                                   : SEC_WINNT_AUTH_IDENTITY_FLAGS_USER_PROTECTED);
    assert_int_equal(in_child(as_itself, of_process, of_logon), OF_LOGON);
    assert_int_equal(in_child(in_another_session, of_process, of_logon), OF_LOGON);
    if (getuid() == 0)
        assert_int_equal(in_child(as_another_user, of_process, of_logon), 0);
    assert_int_equal(decrypted(of_process, of_logon), OF_PROCESS | OF_LOGON);
    SspiFreeAuthIdentity(of_process);
    SspiFreeAuthIdentity(of_logon);
}

enum { RACERS = 8, RACER_ROOM = 4096 };

/* One of several processes that are let go at once. */
static _Noreturn void
race(char *out, int go)
{
    PSEC_WINNT_AUTH_IDENTITY_OPAQUE own = identity(password);
    char *bytes, c;
    ULONG n;

    if (read(go, &c, 1) != 0 || SspiEncryptAuthIdentityEx(SAME_LOGON, own) != SEC_E_OK
        || SspiMarshalAuthIdentity(own, &n, &bytes) != SEC_E_OK || n > RACER_ROOM)
        child_exit(1);
    memcpy(out, bytes, n);
    child_exit(0);
}

/* As a user who has no key yet. The number of those whose identity this one can read. */
static int
readable_after_race(char *shared)
{
    int go[2], good = 0;

    if (pipe(go) != 0)
        return -1;
    for (int i = 0; i < RACERS; i++) {
        pid_t pid = fork();

        if (pid < 0)
            return -1;
        if (pid == 0) {
            close(go[1]);
            race(shared + i * RACER_ROOM, go[0]);
        }
    }
    close(go[1]);
    while (wait(NULL) > 0)
        ;
    for (int i = 0; i < RACERS; i++)
        good += has_password(shared + i * RACER_ROOM);
    return good;
}

static void
the_key_is_made_once(void **state)
{
    char *shared = mmap(NULL, RACERS * RACER_ROOM, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uid_t user = 1000000u + (uid_t)getpid();
    int status;
    pid_t pid;

    (void)state;
    if (getuid() != 0 || is_without_keyring())
        skip();
    assert_true(shared != MAP_FAILED);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (setresuid(user, user, user) != 0)
            child_exit(RACERS + 1);
        child_exit(readable_after_race(shared));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), RACERS);
    munmap(shared, RACERS * RACER_ROOM);
}

static void *
many(void *arg)
{
    size_t bad = 0;

    (void)arg;
    for (int i = 0; i < 50; i++) {
        SEC_WINNT_AUTH_IDENTITY_EXW *id = identity(password);

        bad += SspiEncryptAuthIdentity(id) != SEC_E_OK;
        bad += !has_password(id);
        SspiFreeAuthIdentity(id);
    }
    return (void *)bad;
}

static void
by_many_threads(void **state)
{
    pthread_t threads[4];
    void *bad;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many, NULL), 0);
    for (size_t i = 0; i < UNIT_COUNT(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_many_threads),      /* first: they race for the process's key */
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(without_options),
        cmocka_unit_test(what_is_not_there),
        cmocka_unit_test(empty_and_absent),
        cmocka_unit_test(forged_ones_stay_closed),
        cmocka_unit_test(it_travels_encrypted),
        cmocka_unit_test(whose_key_it_is),
        cmocka_unit_test(the_key_is_made_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
