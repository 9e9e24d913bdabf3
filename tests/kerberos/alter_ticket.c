/*
 * alter-ticket: what only the holder of a service's key can do to a ticket: it is opened, octets
 * of it are replaced, and it is closed again with the same key. What the KDC signed inside (the
 * PAC) is then not what it was.
 *
 *     alter-ticket KEYTAB SERVICE NEW_CACHE OLD_HEX NEW_HEX
 *
 * Takes SERVICE's ticket of the default cache into NEW_CACHE. Both strings of octets are of one
 * length, and the old one is there exactly once; exit status 2 where it is not. MIT's libkrb5 does
 * it all: nothing of what is tested here takes part.
 */
#include <krb5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKET_USAGE 2                  /* RFC 4120 7.5.1 */
#define OCTETS_MAX 256

static krb5_context k;

static void
check(krb5_error_code code, const char *what)
{
    if (code == 0)
        return;
    fprintf(stderr, "alter-ticket: %s: %s\n", what, krb5_get_error_message(k, code));
    exit(1);
}

static size_t
hex_read(const char *text, unsigned char out[OCTETS_MAX])
{
    size_t n = strlen(text) / 2;
    unsigned octet;

    for (size_t i = 0; i < n && i < OCTETS_MAX; i++) {
        if (sscanf(text + 2 * i, "%2x", &octet) != 1)
            exit(2);
        out[i] = (unsigned char)octet;
    }
    return n;
}

static void
replace(char *in, size_t n, char **args)
{
    unsigned char old[OCTETS_MAX], new[OCTETS_MAX];
    size_t old_n = hex_read(args[0], old);
    char *at = memmem(in, n, old, old_n);

    if (at == NULL || hex_read(args[1], new) != old_n ||
        memmem(at + 1, n - (size_t)(at + 1 - in), old, old_n) != NULL) {
        fprintf(stderr, "alter-ticket: %s is not there exactly once\n", args[0]);
        exit(2);
    }
    memcpy(at, new, old_n);
}

/* Equal lengths make equal lengths, so the new ciphertext takes the old one's place. */
static void
alter(krb5_creds *creds, const char *keytab_name, char **args)
{
    krb5_keytab_entry entry;
    krb5_data plain = { 0, 0, NULL };
    krb5_enc_data new = { 0 };
    krb5_keytab keytab;
    krb5_ticket *ticket;
    char *at;

    check(krb5_decode_ticket(&creds->ticket, &ticket), "ticket");
    check(krb5_kt_resolve(k, keytab_name, &keytab), keytab_name);
    check(krb5_kt_get_entry(k, keytab, creds->server, ticket->enc_part.kvno,
                            ticket->enc_part.enctype, &entry), "key");
    plain.length = ticket->enc_part.ciphertext.length;
    plain.data = malloc(plain.length);
    check(krb5_c_decrypt(k, &entry.key, TICKET_USAGE, NULL, &ticket->enc_part, &plain), "decrypt");
    replace(plain.data, plain.length, args);
    new.ciphertext.length = ticket->enc_part.ciphertext.length;
    new.ciphertext.data = malloc(new.ciphertext.length);
    check(krb5_c_encrypt(k, &entry.key, TICKET_USAGE, NULL, &plain, &new), "encrypt");
    at = memmem(creds->ticket.data, creds->ticket.length, ticket->enc_part.ciphertext.data,
                ticket->enc_part.ciphertext.length);
    if (at == NULL || new.ciphertext.length != ticket->enc_part.ciphertext.length)
        exit(1);
    memcpy(at, new.ciphertext.data, new.ciphertext.length);
    free(plain.data);
    free(new.ciphertext.data);
    krb5_free_ticket(k, ticket);
    krb5_free_keytab_entry_contents(k, &entry);
    krb5_kt_close(k, keytab);
}

int
main(int argc, char **argv)
{
    krb5_creds want = { 0 }, creds;
    krb5_ccache from, to;

    if (argc != 6)
        return 2;
    check(krb5_init_context(&k), "context");
    check(krb5_cc_default(k, &from), "cache");
    check(krb5_cc_get_principal(k, from, &want.client), "cache");
    check(krb5_parse_name(k, argv[2], &want.server), argv[2]);
    check(krb5_cc_retrieve_cred(k, from, 0, &want, &creds), "no such ticket");
    alter(&creds, argv[1], argv + 4);
    check(krb5_cc_resolve(k, argv[3], &to), argv[3]);
    check(krb5_cc_initialize(k, to, want.client), argv[3]);
    check(krb5_cc_store_cred(k, to, &creds), argv[3]);
    krb5_free_cred_contents(k, &creds);
    krb5_free_principal(k, want.client);
    krb5_free_principal(k, want.server);
    krb5_cc_close(k, from);
    krb5_cc_close(k, to);
    krb5_free_context(k);
    return 0;
}
