/*
 * The system call filter (seccomp(2)), as a table: what is not in it does not
 * exist for this process (ENOSYS, so that the C library takes its older way).
 * Starting programs, tracing others, making listening sockets and, where no
 * package needs the network, any socket at all are in no table.
 *
 * CHOICE: a refused call returns an error and does not kill the process: a
 * library that only tries something must not take every logon down.
 *
 * The filter is plain comparisons; the kernel keeps a bitmap of the calls that
 * are always allowed, so they cost nothing.
 *
 * Runs in: lsad's main thread at start. Trusts nothing.
 */
#include "lsad/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "OpenSSPI runs on amd64 and arm64 (D28)"
#endif

/* What threads, memory, clocks, files, the store and connected sockets need. */
static const unsigned allowed[] = {
    /* memory */
    SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_mlock, SYS_mlock2, SYS_munlock,
    SYS_membarrier, SYS_msync, SYS_mincore,
    /* threads */
    SYS_exit, SYS_exit_group, SYS_futex, SYS_gettid, SYS_getpid, SYS_getppid, SYS_tgkill,
    SYS_sched_yield, SYS_sched_getaffinity, SYS_set_robust_list, SYS_rseq, SYS_set_tid_address,
    SYS_restart_syscall, SYS_getcpu,
    /* signals; kill is for abort() and is the kernel's to judge by uid */
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_kill,
    SYS_rt_sigpending, SYS_rt_sigtimedwait,
    /* time and randomness */
    SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday,
    SYS_timerfd_settime, SYS_timerfd_gettime, SYS_getrandom,
    /* identity and limits, read only */
    SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid,
    SYS_getgroups, SYS_uname, SYS_sysinfo, SYS_getrusage,
    /* descriptors and files; where they lead, Landlock decides */
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_close, SYS_dup,
    SYS_dup3, SYS_fcntl, SYS_fstat, SYS_newfstatat, SYS_statx, SYS_statfs, SYS_fstatfs,
    SYS_lseek, SYS_openat, SYS_getdents64, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
    SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_flock, SYS_fchmod, SYS_fchown,
    SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_getcwd, SYS_umask, SYS_memfd_create,
    SYS_utimensat, SYS_fadvise64, SYS_mkdirat, SYS_fchmodat, SYS_fchownat, SYS_pipe2,
    /* waiting */
    SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_ppoll, SYS_pselect6, SYS_eventfd2,
    /* sockets that are there already */
    SYS_accept4, SYS_sendmsg, SYS_sendto, SYS_recvmsg, SYS_recvfrom, SYS_shutdown,
    SYS_getsockopt, SYS_setsockopt, SYS_getsockname, SYS_getpeername,
    /* the same under the older numbers that amd64 keeps */
#if defined __x86_64__
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_unlink, SYS_rename, SYS_poll,
    SYS_select, SYS_epoll_wait, SYS_dup2, SYS_time, SYS_arch_prctl, SYS_chmod, SYS_chown,
    SYS_mkdir, SYS_rmdir, SYS_pipe,
#endif
};

/* What packages of the slow pool need to reach a KDC or a directory. */
static const unsigned allowed_network[] = {
    SYS_socket, SYS_connect, SYS_sendmmsg, SYS_recvmmsg, SYS_ioctl, SYS_socketpair, SYS_bind,
};

/* Calls that a library may try and must see refused, rather than missing. */
static const unsigned refused[] = {
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
    SYS_socket, SYS_connect, SYS_bind, SYS_listen, SYS_socketpair,
    SYS_setuid, SYS_setgid, SYS_setresuid, SYS_setresgid, SYS_setgroups,
    SYS_mount, SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_keyctl,
#if defined __x86_64__
    SYS_fork, SYS_vfork,
#endif
};

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define PROGRAM_MAX 512

struct program {
    struct sock_filter code[PROGRAM_MAX];
    unsigned short count;
};

static void
put(struct program *p, uint16_t code, uint32_t k, unsigned on_true, unsigned on_false)
{
    if (p->count == PROGRAM_MAX)
        abort();
    p->code[p->count++] = (struct sock_filter){ code, (uint8_t)on_true, (uint8_t)on_false, k };
}

static void
put_load(struct program *p, size_t offset)
{
    put(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void
put_return(struct program *p, uint32_t action)
{
    put(p, BPF_RET | BPF_K, action, 0, 0);
}

/* Each call costs two instructions: compare, and return this when it is equal. */
static void
put_calls(struct program *p, const unsigned *calls, size_t count, uint32_t action)
{
    for (size_t i = 0; i < count; i++) {
        put(p, BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
        put_return(p, action);
    }
}

/* A call that an argument decides on: (argument & mask) == value, then or otherwise. */
struct masked_call {
    unsigned call, argument;
    uint32_t mask, value, then, otherwise;
};

static const struct masked_call masked[] = {
    /* Threads, not processes; clone3 keeps its flags in memory, so it does not exist. */
    { SYS_clone, 0, CLONE_THREAD, CLONE_THREAD,
      SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM },
    /*
     * Memory that was written does not become code, and none is both. It is a hurdle, not a
     * proof: mapping a file as code stays allowed, because the C library loads name service and
     * character set modules when they are first needed, and a memfd is such a file.
     */
    { SYS_mprotect, 2, PROT_EXEC, PROT_EXEC, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW },
    { SYS_mmap, 2, PROT_EXEC | PROT_WRITE, PROT_EXEC | PROT_WRITE,
      SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW },
};

/* Only the low half of the argument is looked at: flags and protections live there. */
static void
put_call_masked(struct program *p, const struct masked_call *m)
{
    put(p, BPF_JMP | BPF_JEQ | BPF_K, m->call, 0, 5);
    put_load(p, offsetof(struct seccomp_data, args) + m->argument * sizeof(uint64_t));
    put(p, BPF_ALU | BPF_AND | BPF_K, m->mask, 0, 0);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, m->value, 0, 1);
    put_return(p, m->then);
    put_return(p, m->otherwise);
}

/* Limits are read, not set: prlimit64(2) without a new limit, all 64 bits of its pointer zero. */
static void
put_limits(struct program *p)
{
    size_t argument = offsetof(struct seccomp_data, args) + 2 * sizeof(uint64_t);

    put(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 6);
    put_load(p, argument);
    put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
    put_load(p, argument + sizeof(uint32_t));
    put(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
    put_return(p, SECCOMP_RET_ALLOW);
    put_return(p, SECCOMP_RET_ERRNO | EPERM);
}

static void
program_build(struct program *p, bool network)
{
    /* Numbers mean nothing under another ABI (i386, x32): all of it is refused. */
    put_load(p, offsetof(struct seccomp_data, arch));
    put(p, BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0);
    put_return(p, SECCOMP_RET_KILL_PROCESS);
    put_load(p, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < COUNT(masked); i++)
        put_call_masked(p, &masked[i]);
    put_limits(p);
    if (network)
        put_calls(p, allowed_network, COUNT(allowed_network), SECCOMP_RET_ALLOW);
    put_calls(p, allowed, COUNT(allowed), SECCOMP_RET_ALLOW);
    put_calls(p, refused, COUNT(refused), SECCOMP_RET_ERRNO | EPERM);
    put_return(p, SECCOMP_RET_ERRNO | ENOSYS);
}

int
lsad_seccomp_install(bool network)
{
    struct program *p = calloc(1, sizeof *p);
    struct sock_fprog filter;
    long failed;

    if (p == NULL)
        return -ENOMEM;
    program_build(p, network);
    filter = (struct sock_fprog){ .len = p->count, .filter = p->code };
    /* Threads that packages started are taken along; if one cannot be, its id comes back. */
    failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    free(p);
    if (failed > 0)
        return -ESRCH;
    return failed < 0 ? -errno : 0;
}
