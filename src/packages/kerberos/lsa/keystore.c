/*
 * Which keys a service has. A keytab is read when its service first needs it,
 * and looked at (one stat) a second after the last time at the earliest: a
 * changed file is read whole, and only one that is whole takes the place of
 * the keys that are there (D25). Tools write keytabs in place as well as by
 * renaming, so a file that is younger than the clock's step is looked at again.
 *
 * Runs in the authority, on workers that must not block: the file is local.
 * Trusts the configuration for paths.
 */
#include "packages/kerberos/lsa/keystore.h"

#include "base/log_gate.h"
#include "base/secret.h"
#include "packages/kerberos/lsa/keytab.h"
#include "packages/kerberos/lsa/support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHECK_MS 1000
#define YOUNG_S 2                   /* a file changed so lately may change again unseen */
#define SERVICE_MAX 64
#define PATH_ROOM 4096
#define LIST_ROOM 1024
#define SERVICES_MAX 4096u

/* What of a file changes when its contents do. */
struct file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified, changed;
    bool young;
};

struct service_keys {
    struct service_keys *next;
    char name[SERVICE_MAX];
    char path[PATH_ROOM];           /* "": the section names no keytab */
    char principals[LIST_ROOM];     /* "": all */
    uint32_t generation;            /* of the configuration that path and principals are of */
    int64_t checked;                /* boot milliseconds */
    struct file_mark mark;
    struct keyring *ring;           /* NULL: none yet */
    struct log_gate gate;
};

struct keystore {
    pthread_mutex_t lock;           /* held while a file is read */
    struct service_keys *services;
    size_t count;
};

struct keystore *
keystore_new(void)
{
    struct keystore *s = calloc(1, sizeof(*s));

    if (s != NULL)
        pthread_mutex_init(&s->lock, NULL);
    return s;
}

void
keystore_free(struct keystore *s)
{
    struct service_keys *k;

    if (s == NULL)
        return;
    while ((k = s->services) != NULL) {
        s->services = k->next;
        keyring_put(k->ring);
        free(k);
    }
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* ---- the file ----------------------------------------------------------- */

static struct file_mark
mark_of(const struct stat *st, int64_t now)
{
    return (struct file_mark){ st->st_dev, st->st_ino, st->st_size, st->st_mtim, st->st_ctim,
                               now - st->st_ctim.tv_sec < YOUNG_S };
}

static bool
time_is(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
mark_is(const struct file_mark *a, const struct file_mark *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           time_is(a->modified, b->modified) && time_is(a->changed, b->changed);
}

/* All of it, on the heap; *n gets its size. NULL: *fault says why. */
static uint8_t *
file_read(int fd, size_t size, size_t *n, const char **fault)
{
    uint8_t *bytes = malloc(size + 1);
    ssize_t got = 1;

    for (*n = 0; bytes != NULL && got > 0 && *n <= size; *n += (size_t)(got > 0 ? got : 0))
        got = read(fd, bytes + *n, size + 1 - *n);
    if (bytes != NULL && got == 0 && *n == size)
        return bytes;
    *fault = bytes == NULL ? "no memory" : got < 0 ? strerror(errno) : "changes while it is read";
    if (bytes != NULL)
        secret_wipe_free(bytes, size + 1);
    return NULL;
}

static struct keyring *
ring_read(const struct service_keys *k, int fd, const struct stat *st, const char **fault)
{
    struct keyring *ring = NULL;
    uint8_t *bytes;
    status_t parsed;
    size_t n;

    if (!S_ISREG(st->st_mode) || st->st_size < 0 || st->st_size > KEYTAB_BYTES_MAX) {
        *fault = "is no file, or too large";
        return NULL;
    }
    bytes = file_read(fd, (size_t)st->st_size, &n, fault);
    if (bytes == NULL)
        return NULL;
    parsed = keyring_new(view_of(bytes, n), k->principals[0] ? k->principals : NULL, &ring);
    secret_wipe_free(bytes, n + 1);
    if (parsed != 0)
        *fault = parsed == SEC_E_INVALID_TOKEN ? "is no keytab of version 5.2, or is cut short"
                                               : "no memory";
    return ring;
}

static void
ring_log(const struct service_keys *k)
{
    const struct keyring_facts *f = keyring_facts(k->ring);

    krb_log(f->keys > 0 ? 5 : 4, "keytab_read",
            (const char *const[]){
                "section", k->name, "keytab", k->path, "keys", krb_number(f->keys).text,
                "principals", krb_number(f->principals).text, "of_others",
                krb_number(f->foreign).text, "of_unknown_types", krb_number(f->skipped).text,
                NULL });
}

static void
fault_log(struct service_keys *k, const char *fault)
{
    krb_log(4, "keytab_not_read",
            (const char *const[]){ "section", k->name, "keytab", k->path, "reason", fault,
                                   "keys", k->ring != NULL ? "those of before stay" : "none",
                                   NULL });
}

/* A file that cannot be read leaves the keys that are there. */
static void
service_read(struct service_keys *k)
{
    int fd = open(k->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct keyring *ring = NULL;
    struct file_mark before = k->mark;
    const char *fault = NULL;
    struct stat st;

    k->mark = (struct file_mark){ 0 };
    if (fd < 0 || fstat(fd, &st) != 0) {
        fault = strerror(errno);
    } else {
        k->mark = mark_of(&st, filetime_to_unix(krb_support()->clock->now()));
        ring = ring_read(k, fd, &st, &fault);
    }
    if (fd >= 0)
        close(fd);
    if (ring == NULL) {
        fault_log(k, fault);
        return;
    }
    keyring_put(k->ring);
    k->ring = ring;
    if (!mark_is(&before, &k->mark))
        ring_log(k);
}

static bool
file_has_changed(const struct service_keys *k)
{
    struct file_mark mark;
    struct stat st;

    if (stat(k->path, &st) != 0)
        return k->mark.inode != 0;      /* told once that it is gone */
    mark = mark_of(&st, filetime_to_unix(krb_support()->clock->now()));
    return k->mark.young || !mark_is(&mark, &k->mark);
}

/* ---- the section -------------------------------------------------------- */

/* True when what the configuration says of the service is not what it said. */
static bool
service_configure(struct service_keys *k)
{
    const struct opensspi_host_settings *settings = krb_support()->settings;
    char path[PATH_ROOM] = "", principals[LIST_ROOM] = "";
    bool same;

    k->generation = settings->generation();
    (void)settings->section_get(OPENSSPI_HOST_SECTION_SERVICE, k->name, "keytab", path,
                                sizeof(path));
    (void)settings->section_get(OPENSSPI_HOST_SECTION_SERVICE, k->name, "principals", principals,
                                sizeof(principals));
    same = strcmp(path, k->path) == 0 && strcmp(principals, k->principals) == 0;
    memcpy(k->path, path, sizeof(path));
    memcpy(k->principals, principals, sizeof(principals));
    return !same;
}

/* Keys of a section that names another file now, or none, are not the service's any more. */
static void
service_refresh(struct service_keys *k)
{
    int64_t now = krb_support()->clock->boot_ms();
    bool other = k->generation != krb_support()->settings->generation() && service_configure(k);

    if (other) {
        keyring_put(k->ring);
        k->ring = NULL;
        k->mark = (struct file_mark){ 0 };
        k->checked = now - CHECK_MS;
    }
    if (k->path[0] == '\0' || now - k->checked < CHECK_MS)
        return;
    k->checked = now;
    if (other || file_has_changed(k))
        service_read(k);
}

static struct service_keys *
service_find(struct keystore *s, const char *name)
{
    struct service_keys *k = s->services;

    while (k != NULL && strcmp(k->name, name) != 0)
        k = k->next;
    if (k != NULL || s->count == SERVICES_MAX)
        return k;
    k = calloc(1, sizeof(*k));
    if (k == NULL)
        return NULL;
    memcpy(k->name, name, strlen(name) + 1);
    k->checked = krb_support()->clock->boot_ms() - CHECK_MS;
    k->next = s->services;
    s->services = k;
    s->count++;
    return k;
}

static void
missing_log(struct service_keys *k)
{
    uint64_t held;

    if (!log_gate_pass(&k->gate, &held))
        return;
    krb_log(4, "no_keys",
            (const char *const[]){
                "package", KRB_PACKAGE, "section", k->name[0] ? k->name : "-", "remedy",
                k->path[0] == '\0' ? "name a keytab: keytab = FILE in its [service NAME]"
                                   : "put a key of the service into its keytab",
                NULL });
}

struct keyring *
keystore_get(struct keystore *s)
{
    char name[SERVICE_MAX];
    struct keyring *ring = NULL;
    struct service_keys *k;

    if (!NT_SUCCESS(krb_support()->call->service(name, sizeof(name))))
        return NULL;
    pthread_mutex_lock(&s->lock);
    k = service_find(s, name);
    if (k != NULL) {
        service_refresh(k);
        if (k->ring != NULL && keyring_facts(k->ring)->keys > 0)
            ring = keyring_get(k->ring);
        else
            missing_log(k);
    }
    pthread_mutex_unlock(&s->lock);
    return ring;
}
