/*
 * own-session: runs a command in a session keyring of its own, which ends with it and takes
 * along what was put there. Exit status 77: the kernel has no keyrings, or gives none.
 *
 *     own-session COMMAND [ARGUMENT]...
 */
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0) {
        puts("skipped: no keyring to be had");
        return 77;
    }
    execv(argv[1], argv + 1);
    perror("own-session");
    return 1;
}
