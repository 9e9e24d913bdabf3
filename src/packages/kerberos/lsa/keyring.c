/*
 * The keys of one service. A ticket names its server, an encryption type and,
 * mostly, a key version; a hash of the first two leads to the few keys that
 * may have made it, so a keytab of a thousand entries costs an accept no more
 * than one of three. Each key is expanded when the keytab is read, not when a
 * ticket comes.
 *
 * Runs in the authority; secrets, so each key lies in memory of secret_new().
 */
#include "packages/kerberos/lsa/keyring.h"

#include "base/secret.h"
#include "packages/kerberos/lsa/keytab.h"

#include "winerror.h"

#include <stdatomic.h>
#include <stdlib.h>

#define KEYS_MAX 65536u
#define DIFFERENT_MAX 256u         /* more are not looked through for a name that is not known */
#define USAGE_TICKET 2u
#define NONE UINT32_MAX
#define HASH_START 0xcbf29ce484222325u  /* FNV-1a */
#define HASH_PRIME 0x100000001b3u

struct slot {
    struct keyring_key *key;
    uint32_t next;                      /* of the same bucket, newest version first */
    struct view component[KEYTAB_COMPONENTS_MAX];
};

struct keyring {
    atomic_uint references;
    struct keyring_facts facts;
    uint8_t *text;                      /* the file without its keys: names are views into it */
    struct slot *slots;
    size_t count;
    uint32_t *buckets;
    size_t bucket_count;                /* a power of two */
    uint32_t *different;                /* a slot of each different key, whatever its names */
    size_t different_count;
};

/* ---- names -------------------------------------------------------------- */

bool
keyring_name_is(const struct keyring_name *a, const struct keyring_name *b)
{
    if (a->count != b->count)
        return false;
    for (unsigned i = 0; i < a->count; i++) {
        if (!view_is_equal(a->component[i], b->component[i]))
            return false;
    }
    return a->realm.n == 0 || b->realm.n == 0 || view_is_equal(a->realm, b->realm);
}

bool
keyring_name_split(struct view text, struct view *component, unsigned max,
                   struct keyring_name *out)
{
    size_t start = 0, end = 0;

    while (end < text.n && text.p[end] != '@')
        end++;
    *out = (struct keyring_name){ .component = component };
    if (end < text.n)
        out->realm = view_of(text.p + end + 1, text.n - end - 1);
    for (size_t i = 0; i <= end; i++) {
        if (i < end && text.p[i] != '/')
            continue;
        if (i == start || out->count == max)
            return false;
        component[out->count++] = view_of(text.p + start, i - start);
        start = i + 1;
    }
    return true;
}

static uint64_t
hash_bytes(uint64_t h, struct view v)
{
    for (size_t i = 0; i < v.n; i++)
        h = (h ^ v.p[i]) * HASH_PRIME;
    return (h ^ 0xFF) * HASH_PRIME;     /* where one ends: no text has this octet */
}

/* Without the realm, which a look-up may leave open. */
static uint64_t
hash_name(const struct keyring_name *name)
{
    uint64_t h = HASH_START;

    for (unsigned i = 0; i < name->count; i++)
        h = hash_bytes(h, name->component[i]);
    return h;
}

static uint32_t *
ring_bucket(const struct keyring *k, const struct keyring_name *name)
{
    return &k->buckets[hash_name(name) & (k->bucket_count - 1)];
}

/* The newest key of the name, of any type; NULL: none. */
static const struct keyring_key *
ring_first(const struct keyring *k, const struct keyring_name *name)
{
    for (uint32_t i = *ring_bucket(k, name); i != NONE; i = k->slots[i].next) {
        if (keyring_name_is(&k->slots[i].key->name, name))
            return k->slots[i].key;
    }
    return NULL;
}

/* ---- which of a keytab are the service's -------------------------------- */

/* One name of the list, without blanks around it; false at the end. */
static bool
list_next(const char **rest, struct view *out)
{
    const char *p = *rest;
    size_t n;

    p += strspn(p, ", \t");
    n = strcspn(p, ",");
    *rest = p + n;
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\t'))
        n--;
    *out = view_of(p, n);
    return n > 0;
}

static bool
list_has(const char *principals, const struct keyring_name *name)
{
    struct view component[KEYTAB_COMPONENTS_MAX], text;
    struct keyring_name wanted;

    if (principals == NULL)
        return true;
    while (list_next(&principals, &text)) {
        if (keyring_name_split(text, component, KEYTAB_COMPONENTS_MAX, &wanted) &&
            keyring_name_is(&wanted, name))
            return true;
    }
    return false;
}

/* ---- making ------------------------------------------------------------- */

struct making {
    struct keyring *ring;
    const char *principals;
    struct view file;
    size_t room;
};

/* The same place in the ring's own copy of the file. */
static struct view
making_text(const struct making *m, struct view in_file)
{
    return in_file.n == 0 ? view_of(NULL, 0)
                          : view_of(m->ring->text + (in_file.p - m->file.p), in_file.n);
}

static struct slot *
making_slot(struct making *m)
{
    if (m->ring->count == m->room) {
        size_t room = m->room == 0 ? 16 : 2 * m->room;
        struct slot *more = room <= KEYS_MAX ? realloc(m->ring->slots, room * sizeof(*more))
                                             : NULL;

        if (more == NULL)
            return NULL;
        m->ring->slots = more;
        m->room = room;
    }
    return &m->ring->slots[m->ring->count];
}

static struct keyring_key *
key_new(const struct keytab_entry *e)
{
    struct keyring_key *key = secret_new(sizeof(*key));

    if (key == NULL)
        return NULL;
    key->kvno = e->kvno;
    if (crypto_krb_key_init(&key->key, e->enctype, e->key))
        crypto_krb_open_init(&key->ticket, &key->key, USAGE_TICKET);
    return key;
}

static status_t
making_add(const struct keytab_entry *e, void *arg)
{
    struct making *m = arg;
    const struct keyring_name name = { e->realm, e->component, e->component_count };
    struct keyring_key *key;
    struct slot *slot;

    if (!list_has(m->principals, &name)) {
        m->ring->facts.foreign++;
        return 0;
    }
    slot = making_slot(m);
    key = slot != NULL ? key_new(e) : NULL;
    if (key == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    if (key->key.type == NULL) {
        secret_free(key);
        m->ring->facts.skipped++;
        return 0;
    }
    *slot = (struct slot){ .key = key, .next = NONE };
    key->name = (struct keyring_name){ making_text(m, e->realm), NULL, e->component_count };
    for (unsigned i = 0; i < e->component_count; i++)
        slot->component[i] = making_text(m, e->component[i]);
    m->ring->count++;
    return 0;
}

/* The ring keeps names as views into a copy of the file, in which the keys are zeros. */
static status_t
key_blank(const struct keytab_entry *e, void *arg)
{
    const struct making *m = arg;

    secret_wipe(m->ring->text + (e->key.p - m->file.p), e->key.n);
    return 0;
}

static bool
key_is_same(const struct keyring_key *a, const struct keyring_key *b)
{
    return a->key.type == b->key.type &&
           ct_equal(a->key.bytes, b->key.bytes, a->key.type->key_size);
}

static bool
slot_repeats(const struct keyring *k, size_t i)
{
    for (size_t j = 0; j < k->different_count; j++) {
        if (key_is_same(k->slots[k->different[j]].key, k->slots[i].key))
            return true;
    }
    return false;
}

/* Into its bucket, before the first that is not newer. */
static void
slot_enter(struct keyring *k, uint32_t i)
{
    struct slot *slot = &k->slots[i];
    uint32_t *at = ring_bucket(k, &slot->key->name);

    if (ring_first(k, &slot->key->name) == NULL)
        k->facts.principals++;
    while (*at != NONE && k->slots[*at].key->kvno > slot->key->kvno)
        at = &k->slots[*at].next;
    slot->next = *at;
    *at = i;
}

static status_t
ring_index(struct keyring *k)
{
    k->bucket_count = 4;
    while (k->bucket_count < 2 * k->count)
        k->bucket_count *= 2;
    k->buckets = malloc(k->bucket_count * sizeof(*k->buckets));
    k->different = malloc(DIFFERENT_MAX * sizeof(*k->different));
    if (k->buckets == NULL || k->different == NULL)
        return SEC_E_INSUFFICIENT_MEMORY;
    for (size_t i = 0; i < k->bucket_count; i++)
        k->buckets[i] = NONE;
    for (size_t i = 0; i < k->count; i++) {
        k->slots[i].key->name.component = k->slots[i].component;
        if (k->different_count < DIFFERENT_MAX && !slot_repeats(k, i))
            k->different[k->different_count++] = (uint32_t)i;
        slot_enter(k, (uint32_t)i);
    }
    k->facts.keys = k->count;
    return 0;
}

status_t
keyring_new(struct view file, const char *principals, struct keyring **out)
{
    struct keyring *k = calloc(1, sizeof(*k));
    struct making m = { .ring = k, .principals = principals, .file = file };
    status_t st = SEC_E_INSUFFICIENT_MEMORY;
    size_t at;

    *out = NULL;
    if (k == NULL)
        return st;
    atomic_init(&k->references, 1);
    k->text = malloc(file.n + 1);
    if (k->text != NULL) {
        if (file.n > 0)
            memcpy(k->text, file.p, file.n);
        st = keytab_parse(file, key_blank, &m, &at);
        if (st != 0)
            secret_wipe(k->text, file.n);
    }
    if (st == 0)
        st = keytab_parse(file, making_add, &m, &at);
    if (st == 0)
        st = ring_index(k);
    if (st == 0)
        *out = k;
    else
        keyring_put(k);
    return st;
}

struct keyring *
keyring_get(struct keyring *k)
{
    atomic_fetch_add(&k->references, 1);
    return k;
}

void
keyring_put(struct keyring *k)
{
    if (k == NULL || atomic_fetch_sub(&k->references, 1) != 1)
        return;
    for (size_t i = 0; i < k->count; i++)
        secret_free(k->slots[i].key);
    free(k->slots);
    free(k->buckets);
    free(k->different);
    free(k->text);
    free(k);
}

/* ---- finding ------------------------------------------------------------ */

const struct keyring_facts *
keyring_facts(const struct keyring *k)
{
    return &k->facts;
}

const struct keyring_key *
keyring_at(const struct keyring *k, size_t i)
{
    return i < k->count ? k->slots[i].key : NULL;
}

bool
keyring_has_name(const struct keyring *k, const struct keyring_name *name)
{
    return ring_first(k, name) != NULL;
}

uint32_t
keyring_newest(const struct keyring *k, const struct keyring_name *name)
{
    const struct keyring_key *first = ring_first(k, name);

    return first != NULL ? first->kvno : 0;
}

/* What a search takes, in two passes: keys of the wanted version, then the others. */
struct search {
    int32_t enctype;
    bool has_kvno, others;
    uint32_t kvno;
    const struct keyring_key **out;
    size_t count;
};

static void
search_take(struct search *s, const struct keyring_key *key)
{
    bool wanted = !s->has_kvno || key->kvno == s->kvno;

    if (key->key.type->number == s->enctype && wanted != s->others &&
        s->count < KEYRING_TRIES_MAX)
        s->out[s->count++] = key;
}

static void
search_name(const struct keyring *k, const struct keyring_name *name, struct search *s)
{
    for (uint32_t i = *ring_bucket(k, name); i != NONE; i = k->slots[i].next) {
        if (keyring_name_is(&k->slots[i].key->name, name))
            search_take(s, k->slots[i].key);
    }
}

static void
search_all(const struct keyring *k, struct search *s)
{
    for (size_t i = 0; i < k->different_count; i++)
        search_take(s, k->slots[k->different[i]].key);
}

size_t
keyring_find(const struct keyring *k, const struct keyring_name *name, int32_t enctype,
             bool has_kvno, uint32_t kvno, const struct keyring_key *out[KEYRING_TRIES_MAX])
{
    struct search s = { enctype, has_kvno, false, kvno, out, 0 };
    bool known = ring_first(k, name) != NULL;

    for (unsigned pass = 0; pass < 2; pass++) {
        s.others = pass == 1;
        if (known)
            search_name(k, name, &s);
        else
            search_all(k, &s);
    }
    return s.count;
}
