/*
 * The floor under ExitCost: what a KVM_RUN round trip costs a C program. The guest is the one of
 * ExitCost, "out 0x10, al" for ever in real mode, without interrupt controllers.
 *
 * usage: kvmloop BATCHES EXITS   prints nanoseconds per exit, one line for each batch
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

static int check(int result, const char *what) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
  }
  return result;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void put_code_in_real_mode(int vcpu) {
  struct kvm_sregs sregs;
  check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
  sregs.cs.base = 0;
  sregs.cs.selector = 0;
  check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
  struct kvm_regs regs = {.rip = 0, .rflags = 2};
  check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

int main(int argc, char **argv) {
  static const uint8_t code[] = {0xe6, 0x10, 0xeb, 0xfc};
  int batches = argc > 1 ? atoi(argv[1]) : 10;
  int exits = argc > 2 ? atoi(argv[2]) : 10000;
  int kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
  int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
  check(ioctl(vm, KVM_SET_TSS_ADDR, 0xfeffd000UL), "KVM_SET_TSS_ADDR");
  void *ram = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(ram, code, sizeof code);
  struct kvm_userspace_memory_region slot = {.memory_size = 4096, .userspace_addr = (uintptr_t)ram};
  check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot), "KVM_SET_USER_MEMORY_REGION");
  int vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
  int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
  struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
  put_code_in_real_mode(vcpu);
  for (int batch = 0; batch < batches; batch++) {
    int64_t start = now();
    for (int i = 0; i < exits; i++) {
      check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
      if (run->exit_reason != KVM_EXIT_IO) {
        fprintf(stderr, "exit reason %u\n", run->exit_reason);
        return 1;
      }
    }
    printf("%.1f\n", (double)(now() - start) / exits);
    fflush(stdout);
  }
  return 0;
}
