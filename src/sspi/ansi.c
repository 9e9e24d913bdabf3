/*
 * The A forms of QueryContextAttributes and QueryCredentialsAttributes.
 *
 * Runs in the application. Packages know the W structures only; those of the A
 * forms have the same layout with other strings, so the table of attributes
 * (ipc/attribute.h) tells where to convert.
 */
#include "sspi/ansi.h"

#include "base/str16.h"
#include "sspi/memory.h"
#include "sspi/text.h"

#include "sspi.h"

static struct view
wide_view(const WCHAR *s)
{
    return s == NULL ? view_of(NULL, 0) : view_of(s, str16_length(s) * sizeof(*s));
}

/* These have one form only, of WCHAR, in the A interface too (sspi.h). */
static bool
attribute_is_wide_always(const struct attribute *a)
{
    return strcmp(a->name, "CLIENT_SPECIFIED_TARGET") == 0 || strcmp(a->name, "DCE_INFO") == 0;
}

/* SecPkgInfoA and its strings in one block, as the W form is. */
static void *
package_info_narrow(const SecPkgInfoW *from)
{
    struct view name = wide_view(from->Name), comment = wide_view(from->Comment);
    size_t name_room = name.n / sizeof(WCHAR) * 3 + 1;
    size_t comment_room = comment.n / sizeof(WCHAR) * 3 + 1;
    SecPkgInfoA *to = sspi_memory_new(sizeof(*to) + name_room + comment_room);

    if (to == NULL)
        return NULL;
    to->fCapabilities = from->fCapabilities;
    to->wVersion = from->wVersion;
    to->wRPCID = from->wRPCID;
    to->cbMaxToken = from->cbMaxToken;
    to->Name = (char *)(to + 1);
    to->Comment = to->Name + name_room;
    if (str16_to_utf8_into(name, to->Name, name_room)
        && str16_to_utf8_into(comment, to->Comment, comment_room))
        return to;
    sspi_memory_free(to);
    return NULL;
}

/* The A form of what a pointer names; NULL: malformed, or no memory. */
static void *
pointer_narrow(uint8_t kind, const void *wide)
{
    if (kind == ATTRIBUTE_PACKAGE_INFO)
        return package_info_narrow(wide);
    return sspi_text_narrow(wide_view(wide));
}

status_t
sspi_ansi_convert(const struct attribute *a, void *value)
{
    size_t i;

    if (attribute_is_wide_always(a))
        return SEC_E_OK;
    for (i = 0; i < ATTRIBUTE_POINTERS_MAX; i++) {
        uint8_t kind = a->pointers[i].kind;
        uint8_t *at = (uint8_t *)value + a->pointers[i].offset;
        void *wide, *narrow;

        if (kind != ATTRIBUTE_STRING && kind != ATTRIBUTE_PACKAGE_INFO)
            continue;
        memcpy(&wide, at, sizeof(wide));
        if (wide == NULL)
            continue;
        narrow = pointer_narrow(kind, wide);
        if (narrow == NULL) {
            attribute_free(a, value, sspi_memory_free);
            return SEC_E_INSUFFICIENT_MEMORY;
        }
        sspi_memory_free(wide);
        memcpy(at, &narrow, sizeof(narrow));
    }
    return SEC_E_OK;
}
