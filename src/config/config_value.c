/*
 * Values: from text to a member of a structure, by the type in the table.
 *
 * Runs wherever the configuration is read. Trusts nothing in the text: every
 * value is checked against its type and range before it is stored, and a
 * member always holds either its old value or a whole new one.
 */
#include "config/config_table.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define VALUE_ITEMS_MAX 256         /* of a list */
#define VALUE_LINE_MAX 1024         /* no line of the file is longer (config_file.c) */
#define VALUE_RANGE_MAX 160
#define VALUE_DNS_MAX 255
#define VALUE_LABEL_MAX 63
#define VALUE_NETBIOS_MAX 15
#define VALUE_MODULE_MAX 64
#define VALUE_PASSWD_ROOM 16384     /* what an entry of the user database may take */

static void *
value_member(const struct config_key *k, void *object)
{
    return (char *)object + k->offset;
}

static int
value_refuse(const struct config_key *k, const char *value, char *error, size_t room)
{
    char range[VALUE_RANGE_MAX];

    config_key_range(k, range, sizeof(range));
    snprintf(error, room, "%s = %.64s: must be %s", k->name, value, range);
    return -EINVAL;
}

/* ---- checks ------------------------------------------------------------ */

static bool
value_parse_number(const char *s, int base, uint32_t *out)
{
    uint64_t n = 0;

    if (*s == '\0')
        return false;
    for (; *s != '\0'; s++) {
        if (*s < '0' || *s >= '0' + base)
            return false;
        n = n * (unsigned)base + (unsigned)(*s - '0');
        if (n > UINT32_MAX)
            return false;
    }
    *out = (uint32_t)n;
    return true;
}

static bool
value_parse_bool(const char *s, bool *out)
{
    static const struct config_word words[] = {
        { "yes", 1 }, { "true", 1 }, { "on", 1 }, { "1", 1 },
        { "no", 0 }, { "false", 0 }, { "off", 0 }, { "0", 0 },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(s, words[i].word) == 0) {
            *out = words[i].value != 0;
            return true;
        }
    }
    return false;
}

static const struct config_word *
value_find_word(const struct config_word *words, const char *s)
{
    for (; words->word != NULL; words++) {
        if (strcmp(words->word, s) == 0)
            return words;
    }
    return NULL;
}

static bool
value_is_of(const char *s, size_t max, const char *others)
{
    size_t n = strlen(s);

    if (n == 0 || n > max)
        return false;
    for (; *s != '\0'; s++) {
        /* isalnum() would go by the locale of the process that we are loaded into. */
        bool plain = (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z')
                     || (*s >= 'A' && *s <= 'Z');
        if (!plain && strchr(others, *s) == NULL)
            return false;
    }
    return true;
}

bool
config_value_is_module(const char *s)
{
    if (!value_is_of(s, VALUE_MODULE_MAX, "-"))
        return false;
    for (; *s != '\0'; s++) {
        if (*s >= 'A' && *s <= 'Z')
            return false;
    }
    return true;
}

/* Labels of 1 to 63, separated by single dots; "_" occurs in names that Windows accepts. */
static bool
value_is_dns(const char *s)
{
    size_t label = 0;

    if (!value_is_of(s, VALUE_DNS_MAX, "-_."))
        return false;
    for (; *s != '\0'; s++) {
        if (*s == '.' && label == 0)
            return false;
        label = *s == '.' ? 0 : label + 1;
        if (label > VALUE_LABEL_MAX || (label == 1 && *s == '-'))
            return false;
    }
    return label != 0;
}

static bool
value_is_name(const char *s, size_t max)
{
    size_t n = strlen(s);

    if (n == 0 || n > max)
        return false;
    for (; *s != '\0'; s++) {
        if ((unsigned char)*s <= ' ' || *s == 0x7f || *s == '/' || *s == ':')
            return false;
    }
    return true;
}

/* ---- strings ----------------------------------------------------------- */

static bool
value_is_string(const struct config_key *k, const char *s)
{
    switch (k->type) {
    case CONFIG_TYPE_NAME:
        return value_is_name(s, k->max);
    case CONFIG_TYPE_TEXT:
        return strlen(s) <= k->max;
    case CONFIG_TYPE_PATH:
        return s[0] == '/' && strlen(s) <= k->max;
    case CONFIG_TYPE_NETBIOS:
        return value_is_of(s, VALUE_NETBIOS_MAX, "-_");
    case CONFIG_TYPE_DNS:
        return value_is_dns(s);
    default:
        return config_value_is_module(s);
    }
}

static int
value_set_string(const struct config_key *k, void *object, const char *value)
{
    char **member = value_member(k, object);
    char *copy = strdup(value);

    if (copy == NULL)
        return -ENOMEM;
    free(*member);
    *member = copy;
    return 0;
}

/* ---- lists ------------------------------------------------------------- */

/*
 * Takes the next item of a list off *rest: separated by commas or blanks.
 * False at the end of the list.
 */
static bool
value_next_item(char **rest, char **item)
{
    *rest += strspn(*rest, ", \t");
    if (**rest == '\0')
        return false;
    *item = *rest;
    *rest += strcspn(*rest, ", \t");
    if (**rest != '\0')
        *(*rest)++ = '\0';
    return true;
}

static void
value_free_list(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

static int
value_split(char *text, char **list, size_t *count)
{
    char *item;

    for (*count = 0; value_next_item(&text, &item); (*count)++) {
        if (*count == VALUE_ITEMS_MAX)
            return -EINVAL;
        list[*count] = strdup(item);
        if (list[*count] == NULL)
            return -ENOMEM;
    }
    return 0;
}

static int
value_set_list(struct config_service *s, const char *value)
{
    char text[VALUE_LINE_MAX];
    char **list = calloc(VALUE_ITEMS_MAX, sizeof(*list));
    size_t count = 0;
    int e;

    if (list == NULL)
        return -ENOMEM;
    snprintf(text, sizeof(text), "%s", value);
    e = value_split(text, list, &count);
    /* An empty list must not turn into "all". */
    if (e == 0 && count == 0)
        e = -EINVAL;
    if (e != 0) {
        value_free_list(list, count);
        return e;
    }
    value_free_list(s->packages, s->package_count);
    s->packages = list;
    s->package_count = count;
    return 0;
}

static int
value_set_words(const struct config_key *k, void *object, const char *value)
{
    char text[VALUE_LINE_MAX];
    char *rest = text, *item;
    uint32_t bits = 0;

    snprintf(text, sizeof(text), "%s", value);
    while (value_next_item(&rest, &item)) {
        const struct config_word *w = value_find_word(k->words, item);
        if (w == NULL)
            return -EINVAL;
        bits |= w->value;
    }
    if (bits == 0)
        return -EINVAL;
    *(uint32_t *)value_member(k, object) = bits;
    return 0;
}

/* ---- user lists -------------------------------------------------------- */

struct value_uids {
    uint32_t *uids;
    size_t count;
    bool any;
};

/* A number, or a name of the user database: getpwnam_r may ask the network (D6). */
static int
value_find_uid(const char *name, uint32_t *uid)
{
    struct passwd pw, *found = NULL;
    char *room;

    /* (uid_t)-1 means "no user" to every call that takes one. */
    if (value_parse_number(name, 10, uid))
        return *uid == UINT32_MAX ? -EINVAL : 0;
    room = malloc(VALUE_PASSWD_ROOM);
    if (room == NULL)
        return -ENOMEM;
    if (getpwnam_r(name, &pw, room, VALUE_PASSWD_ROOM, &found) == 0 && found != NULL)
        *uid = found->pw_uid;
    free(room);
    return found == NULL ? -ENOENT : 0;
}

static int
value_add_uid(struct value_uids *u, const char *item, char *error, size_t room)
{
    int e;

    if (strcmp(item, "*") == 0) {
        u->any = true;
        return 0;
    }
    if (u->count == VALUE_ITEMS_MAX)
        return -EINVAL;
    e = value_find_uid(item, &u->uids[u->count]);
    if (e == -ENOENT) {
        snprintf(error, room, "uid = %.64s: this machine has no such user", item);
        return e;
    }
    if (e == 0)
        u->count++;
    return e;
}

static int
value_set_uids(struct config_service *s, const char *value, char *error, size_t room)
{
    char text[VALUE_LINE_MAX];
    char *rest = text, *item;
    struct value_uids u = { calloc(VALUE_ITEMS_MAX, sizeof(uint32_t)), 0, false };
    int e = u.uids == NULL ? -ENOMEM : 0;

    snprintf(text, sizeof(text), "%s", value);
    while (e == 0 && value_next_item(&rest, &item))
        e = value_add_uid(&u, item, error, room);
    if (e == 0 && u.count == 0 && !u.any)
        e = -EINVAL;
    if (e != 0) {
        free(u.uids);
        return e;
    }
    free(s->uids);
    s->uids = u.uids;
    s->uid_count = u.count;
    s->any_uid = u.any;
    return 0;
}

/* ---- all types --------------------------------------------------------- */

static int
value_set_number(const struct config_key *k, void *object, const char *value)
{
    uint32_t n;

    if (!value_parse_number(value, k->type == CONFIG_TYPE_OCTAL ? 8 : 10, &n)
        || n < k->min || n > k->max)
        return -EINVAL;
    *(uint32_t *)value_member(k, object) = n;
    return 0;
}

static int
value_set_word(const struct config_key *k, void *object, const char *value)
{
    const struct config_word *w = value_find_word(k->words, value);

    if (w == NULL)
        return -EINVAL;
    /* The members are an int or an enum, and all enums here are as wide as an int. */
    *(int *)value_member(k, object) = (int)w->value;
    return 0;
}

static int
value_set_any(const struct config_key *k, void *object, const char *value, char *error,
              size_t room)
{
    switch (k->type) {
    case CONFIG_TYPE_BOOL:
        return value_parse_bool(value, value_member(k, object)) ? 0 : -EINVAL;
    case CONFIG_TYPE_U32:
    case CONFIG_TYPE_OCTAL:
        return value_set_number(k, object, value);
    case CONFIG_TYPE_WORD:
        return value_set_word(k, object, value);
    case CONFIG_TYPE_WORDS:
        return value_set_words(k, object, value);
    case CONFIG_TYPE_LIST:
        return value_set_list(object, value);
    case CONFIG_TYPE_UIDS:
        return value_set_uids(object, value, error, room);
    default:
        return value_is_string(k, value) ? value_set_string(k, object, value) : -EINVAL;
    }
}

int
config_value_set(const struct config_key *k, void *object, const char *value, char *error,
                 size_t room)
{
    int e;

    error[0] = '\0';
    if (strlen(value) >= VALUE_LINE_MAX)
        return value_refuse(k, value, error, room);
    e = value_set_any(k, object, value, error, room);
    if (e == -ENOENT)
        return -EINVAL;             /* the reason is there already */
    if (e == -EINVAL)
        return value_refuse(k, value, error, room);
    if (e == -ENOMEM)
        snprintf(error, room, "no memory");
    return e;
}

int
config_value_check(const struct config_key *k, const char *value, char *error, size_t room)
{
    union {
        bool is_on;
        int word;
        uint32_t number;
        char *string;
        struct config_service service;      /* of a list */
    } scratch = { .service = { 0 } };
    int e = config_value_set(k, &scratch, value, error, room);

    if (k->type == CONFIG_TYPE_LIST)
        value_free_list(scratch.service.packages, scratch.service.package_count);
    else if (e == 0 && k->type >= CONFIG_TYPE_NAME && k->type <= CONFIG_TYPE_MODULE)
        free(scratch.string);
    return e;
}

int
config_value_defaults(enum config_kind kind, void *object)
{
    char error[CONFIG_ERROR_MAX];

    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *k = &config_keys[i];
        int e;
        if (k->kind != kind || k->fallback == NULL)
            continue;
        e = config_value_set(k, object, k->fallback, error, sizeof(error));
        if (e != 0)
            return e;
    }
    return 0;
}

void
config_value_free(enum config_kind kind, void *object)
{
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *k = &config_keys[i];
        if (k->kind != kind)
            continue;
        if (k->type == CONFIG_TYPE_UIDS)
            free(((struct config_service *)object)->uids);
        else if (k->type == CONFIG_TYPE_LIST)
            value_free_list(((struct config_service *)object)->packages,
                            ((struct config_service *)object)->package_count);
        else if (k->type >= CONFIG_TYPE_NAME && k->type <= CONFIG_TYPE_MODULE)
            free(*(char **)value_member(k, object));
    }
}
