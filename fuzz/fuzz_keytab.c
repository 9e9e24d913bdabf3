/*
 * Keytab files (src/packages/kerberos/lsa/keytab.c) and the ring of keys that is made of one.
 *
 * Oracle: a file that is taken is taken again, with the same entries; every key of the ring is
 * found by its own name, type and version, before any other.
 */
#include "fuzz.h"

#include "packages/kerberos/lsa/keyring.h"
#include "packages/kerberos/lsa/keytab.h"

#define ENTRIES_MAX 64

static status_t
entry_count(const struct keytab_entry *e, void *arg)
{
    FUZZ_CHECK(e->component_count > 0 && e->component_count <= KEYTAB_COMPONENTS_MAX);
    FUZZ_CHECK(e->key.n > 0);
    ++*(size_t *)arg;
    return 0;
}

static void
ring_check(const struct keyring *ring)
{
    const struct keyring_key *found[KEYRING_TRIES_MAX], *key;

    for (size_t i = 0; (key = keyring_at(ring, i)) != NULL; i++) {
        size_t n = keyring_find(ring, &key->name, key->key.type->number, true, key->kvno, found);

        FUZZ_CHECK(n > 0 && n <= KEYRING_TRIES_MAX);
        FUZZ_CHECK(found[0]->kvno == key->kvno && found[0]->key.type == key->key.type);
        FUZZ_CHECK(keyring_name_is(&found[0]->name, &key->name));
        FUZZ_CHECK(keyring_has_name(ring, &key->name));
        FUZZ_CHECK(keyring_newest(ring, &key->name) >= key->kvno);
    }
    FUZZ_CHECK(keyring_facts(ring)->keys == 0 || keyring_facts(ring)->principals > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view file = view_of(data, size);
    struct keyring *ring;
    size_t first = 0, second = 0, at;
    status_t st = keytab_parse(file, entry_count, &first, &at);

    FUZZ_CHECK(at <= size);
    FUZZ_CHECK(st == 0 || first == 0);
    if (st != 0 || first > ENTRIES_MAX)
        return 0;
    FUZZ_CHECK(keytab_parse(file, entry_count, &second, &at) == 0 && first == second);
    if (keyring_new(file, NULL, &ring) == 0) {
        FUZZ_CHECK(keyring_facts(ring)->keys + keyring_facts(ring)->skipped == first);
        ring_check(ring);
        keyring_put(ring);
    }
    return 0;
}
