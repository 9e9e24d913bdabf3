/*
 * Entry points: the client's address for the audit line (sspi.h,
 * "SecAllocateAndSetIPAddress"). Runs in the application.
 *
 * The address is the application's word and belongs to the calling thread: it goes
 * with each call to the authority, for logs only. Nothing is decided by it.
 */
#include "sspi/thread.h"

#include "sspi.h"

#include <arpa/inet.h>
#include <netinet/in.h>

/* Printable ASCII, as an address is: the text ends up in a log. */
static bool
address_is_text(const UCHAR *p, ULONG n)
{
    ULONG i;

    for (i = 0; i < n; i++)
        if (p[i] <= ' ' || p[i] > '~')
            return false;
    return n > 0;
}

/* A socket address as text; the first bytes of its family are no text, so the forms differ. */
static bool
address_format(const UCHAR *p, ULONG n, char out[SSPI_PEER_ADDRESS_MAX])
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (n >= sizeof(v4)) {
        memcpy(&v4, p, sizeof(v4));
        if (v4.sin_family == AF_INET)
            return inet_ntop(AF_INET, &v4.sin_addr, out, SSPI_PEER_ADDRESS_MAX) != NULL;
    }
    if (n >= sizeof(v6)) {
        memcpy(&v6, p, sizeof(v6));
        if (v6.sin6_family == AF_INET6)
            return inet_ntop(AF_INET6, &v6.sin6_addr, out, SSPI_PEER_ADDRESS_MAX) != NULL;
    }
    return false;
}

/*
 * CHOICE: Microsoft's page does not say in which form; a socket address and text are taken
 * alike. *FreeCallContext: whether this call set what SecFreeCallContext then clears.
 */
SECURITY_STATUS SEC_ENTRY
SecAllocateAndSetIPAddress(UCHAR *lpIpAddress, ULONG cchIpAddress, BOOLEAN *FreeCallContext)
{
    struct sspi_thread *t = sspi_thread_get();
    bool first = t->peer_address_length == 0;
    char text[SSPI_PEER_ADDRESS_MAX];
    ULONG n = cchIpAddress;

    if (lpIpAddress == NULL || n == 0)
        return SEC_E_INVALID_PARAMETER;
    /* A terminating NUL may be counted. */
    if (n > 1 && lpIpAddress[n - 1] == 0 && address_is_text(lpIpAddress, n - 1))
        n--;
    if (n <= sizeof(text) && address_is_text(lpIpAddress, n)) {
        memcpy(t->peer_address, lpIpAddress, n);
        t->peer_address_length = n;
    } else if (address_format(lpIpAddress, n, text)) {
        t->peer_address_length = strlen(text);
        memcpy(t->peer_address, text, t->peer_address_length);
    } else {
        return SEC_E_INVALID_PARAMETER;
    }
    if (FreeCallContext != NULL)
        *FreeCallContext = first;
    return SEC_E_OK;
}

/* DEVIATION: the target's name is not used: no package asks for it. */
SECURITY_STATUS SEC_ENTRY
SecAllocateAndSetCallTarget(UCHAR *lpIpAddress, ULONG cchIpAddress, LPWSTR TargetName,
                            BOOLEAN *FreeCallContext)
{
    (void)TargetName;
    return SecAllocateAndSetIPAddress(lpIpAddress, cchIpAddress, FreeCallContext);
}

void SEC_ENTRY
SecFreeCallContext(void)
{
    sspi_thread_get()->peer_address_length = 0;
}
