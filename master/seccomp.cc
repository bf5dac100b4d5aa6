// SPDX-License-Identifier: Apache-2.0
#include "master/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weir {
namespace {

#if defined(__x86_64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_X86_64;
constexpr uint32_t kFirstForeignNumber = 0x40000000;  // the x32 table, in which every call has another number
constexpr std::array kOfThisMachine{SYS_fork, SYS_vfork, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_uselib, SYS_mknod};
#elif defined(__aarch64__)
constexpr uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
constexpr uint32_t kFirstForeignNumber = 0x80000000;
constexpr std::array<long, 0> kOfThisMachine{};
#else
#error "the numbers of this machine's system calls are not known"
#endif

constexpr std::array kForbidden{
    // other programs and processes
    SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
    SYS_process_madvise, SYS_move_pages, SYS_migrate_pages,
    // the file system's shape
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount, SYS_open_tree, SYS_fsopen, SYS_fsconfig,
    SYS_fsmount, SYS_fspick, SYS_mount_setattr, SYS_unshare, SYS_setns, SYS_mknodat, SYS_open_by_handle_at,
    SYS_name_to_handle_at, SYS_swapon, SYS_swapoff, SYS_quotactl, SYS_quotactl_fd, SYS_fanotify_init, SYS_acct,
    // the kernel itself
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load, SYS_reboot, SYS_bpf,
    SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_syslog,
    SYS_lookup_dcookie, SYS_nfsservctl, SYS_memfd_secret,
    // keys, clocks, names
    SYS_add_key, SYS_request_key, SYS_keyctl, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex,
    SYS_sethostname, SYS_setdomainname, SYS_vhangup, SYS_personality,
    // identity
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setgroups, SYS_setfsuid,
    SYS_setfsgid, SYS_capset};

// Others are of no use to a worker, and have been doors to the kernel.
constexpr std::array kSocketFamilies{AF_UNIX, AF_INET, AF_INET6, AF_NETLINK};

// One argument is looked at by its low half: both machines are little-endian.
constexpr uint32_t kFirstArgument = offsetof(seccomp_data, args);

using Program = std::vector<sock_filter>;

void load(Program& program, uint32_t offset) { program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)); }

void answer(Program& program, uint32_t action) { program.push_back(BPF_STMT(BPF_RET | BPF_K, action)); }

// The action when the loaded word is this.
void answerTo(Program& program, uint32_t word, uint32_t action) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, 1));
  answer(program, action);
}

// Runs the test, which ends with an answer, when the loaded word is this call; the word is lost in the test only.
void testCall(Program& program, long call, const Program& test) {
  program.push_back(
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(call), 0, static_cast<uint8_t>(test.size())));
  program.insert(program.end(), test.begin(), test.end());
}

Program onlyThreads() {
  Program test;
  load(test, kFirstArgument);
  test.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0));
  answer(test, SECCOMP_RET_KILL_PROCESS);
  answer(test, SECCOMP_RET_ALLOW);
  return test;
}

Program onlyKnownFamilies() {
  Program test;
  load(test, kFirstArgument);
  for (int family : kSocketFamilies) answerTo(test, static_cast<uint32_t>(family), SECCOMP_RET_ALLOW);
  answer(test, SECCOMP_RET_ERRNO | EAFNOSUPPORT);
  return test;
}

Program filter() {
  Program program;
  load(program, offsetof(seccomp_data, arch));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  answer(program, SECCOMP_RET_KILL_PROCESS);
  load(program, offsetof(seccomp_data, nr));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kFirstForeignNumber, 0, 1));
  answer(program, SECCOMP_RET_KILL_PROCESS);
  for (long call : kForbidden) answerTo(program, static_cast<uint32_t>(call), SECCOMP_RET_KILL_PROCESS);
  for (long call : kOfThisMachine) answerTo(program, static_cast<uint32_t>(call), SECCOMP_RET_KILL_PROCESS);
  // Its flags lie in memory, where a filter cannot see them; the C library then uses clone, which shows them.
  answerTo(program, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
  testCall(program, SYS_clone, onlyThreads());
  testCall(program, SYS_socket, onlyKnownFamilies());
  answer(program, SECCOMP_RET_ALLOW);
  return program;
}

}  // namespace

Result<void> forbidForeignSystemCalls() {
  Program program = filter();
  sock_fprog passed{static_cast<uint16_t>(program.size()), program.data()};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &passed) != 0) return systemError("worker_seccomp");
  return {};
}

}  // namespace weir
