/*
 * The store's key: 32 random bytes in a file that only its owner may read
 * (D21). It is made once, with the store; systemd's LoadCredentialEncrypted can
 * provide it instead.
 *
 * Runs in lsad before it gives up its privileges, in the embedded authority and
 * in the sspi command. Refuses a key that others can read: a sealed hash is
 * worth no more than its key.
 */
#include "lsa/account_store.h"

#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MODE 0400

/*
 * systemd gives its credentials to a service by an access list, and the mode of
 * such a file shows the list's mask as the group's permissions.
 */
static bool
key_is_credential(const char *path)
{
    const char *dir = secure_getenv("CREDENTIALS_DIRECTORY");
    size_t n = dir == NULL ? 0 : strlen(dir);

    return n > 0 && strncmp(path, dir, n) == 0 && path[n] == '/';
}

static bool
key_check(const char *path, const struct stat *st, char error[ACCOUNT_ERROR_MAX])
{
    mode_t refused = key_is_credential(path) ? S_IRWXO | S_IWGRP : S_IRWXO | S_IRWXG;

    if (!S_ISREG(st->st_mode)) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.180s: the store's key must be a regular file", path);
        return false;
    }
    if ((st->st_mode & refused) != 0) {
        snprintf(error, ACCOUNT_ERROR_MAX,
                 "%.150s: others may read the store's key (mode %04o): chmod 0400 it", path,
                 (unsigned)st->st_mode & 07777);
        return false;
    }
    if (st->st_size != CRYPTO_AEAD_KEY) {
        snprintf(error, ACCOUNT_ERROR_MAX,
                 "%.150s: the store's key has %lld bytes, not %d: restore it from a backup", path,
                 (long long)st->st_size, CRYPTO_AEAD_KEY);
        return false;
    }
    return true;
}

static bool
key_read(int fd, const char *path, uint8_t key[CRYPTO_AEAD_KEY], char error[ACCOUNT_ERROR_MAX])
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.180s: %s", path, strerror(errno));
        return false;
    }
    if (!key_check(path, &st, error))
        return false;
    if (read(fd, key, CRYPTO_AEAD_KEY) != CRYPTO_AEAD_KEY) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.180s: cannot read the store's key", path);
        return false;
    }
    return true;
}

static bool
key_write(int fd, const uint8_t key[CRYPTO_AEAD_KEY])
{
    return fchmod(fd, KEY_MODE) == 0 && write(fd, key, CRYPTO_AEAD_KEY) == CRYPTO_AEAD_KEY
           && fsync(fd) == 0;
}

/*
 * Written under another name and linked into place: whoever opens the key sees
 * all of it, and of two makers one wins. link() refuses a name that exists, as
 * O_EXCL would.
 */
static bool
key_make(const char *path, char error[ACCOUNT_ERROR_MAX])
{
    char name[ACCOUNT_PATH_MAX];
    uint8_t key[CRYPTO_AEAD_KEY];
    bool made;
    int fd;

    if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >= (int)sizeof(name)) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.180s: path too long", path);
        return false;
    }
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.150s: cannot make the store's key: %s", path,
                 strerror(errno));
        return false;
    }
    crypto_random(key, sizeof(key));
    made = key_write(fd, key) && (link(name, path) == 0 || errno == EEXIST);
    if (!made)
        snprintf(error, ACCOUNT_ERROR_MAX, "%.150s: cannot make the store's key: %s", path,
                 strerror(errno));
    secret_wipe(key, sizeof(key));
    close(fd);
    unlink(name);
    return made;
}

bool
account_key_load(const char *path, bool create, uint8_t key[CRYPTO_AEAD_KEY],
                 char error[ACCOUNT_ERROR_MAX])
{
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(path, flags);
    bool good;

    if (fd < 0 && errno == ENOENT && create) {
        if (!key_make(path, error))
            return false;
        fd = open(path, flags);
    }
    if (fd < 0) {
        snprintf(error, ACCOUNT_ERROR_MAX, "%.150s: cannot open the store's key: %s", path,
                 strerror(errno));
        return false;
    }
    good = key_read(fd, path, key, error);
    close(fd);
    return good;
}
