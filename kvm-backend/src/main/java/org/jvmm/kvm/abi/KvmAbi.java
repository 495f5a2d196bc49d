package org.jvmm.kvm.abi;

import java.lang.reflect.Field;

/**
 * Numbers of linux/kvm.h and asm/kvm.h for x86-64 under their header names: requests, capabilities,
 * exit reasons, flags.
 */
public final class KvmAbi {
  private KvmAbi() {}

  /** The only version there ever was since Linux 2.6.22. */
  public static final int KVM_API_VERSION = 12;

  // Requests: _IOC(direction, 0xae, number, size of the struct)

  public static final long KVM_GET_API_VERSION = 0xae00L;
  public static final long KVM_CREATE_VM = 0xae01L;
  public static final long KVM_GET_MSR_INDEX_LIST = 0xc004ae02L;
  public static final long KVM_CHECK_EXTENSION = 0xae03L;
  public static final long KVM_GET_VCPU_MMAP_SIZE = 0xae04L;
  public static final long KVM_GET_SUPPORTED_CPUID = 0xc008ae05L;
  public static final long KVM_CREATE_VCPU = 0xae41L;
  public static final long KVM_GET_DIRTY_LOG = 0x4010ae42L;
  public static final long KVM_CLEAR_DIRTY_LOG = 0xc018aec0L;
  public static final long KVM_SET_USER_MEMORY_REGION = 0x4020ae46L;
  public static final long KVM_SET_TSS_ADDR = 0xae47L;
  public static final long KVM_SET_IDENTITY_MAP_ADDR = 0x4008ae48L;
  public static final long KVM_REGISTER_COALESCED_MMIO = 0x4010ae67L;
  public static final long KVM_UNREGISTER_COALESCED_MMIO = 0x4010ae68L;
  public static final long KVM_CREATE_IRQCHIP = 0xae60L;
  public static final long KVM_IRQ_LINE = 0x4008ae61L;
  public static final long KVM_GET_IRQCHIP = 0xc208ae62L;
  public static final long KVM_SET_IRQCHIP = 0x8208ae63L;
  public static final long KVM_SET_GSI_ROUTING = 0x4008ae6aL;
  public static final long KVM_IRQFD = 0x4020ae76L;
  public static final long KVM_CREATE_PIT2 = 0x4040ae77L;
  public static final long KVM_IOEVENTFD = 0x4040ae79L;
  public static final long KVM_SET_CLOCK = 0x4030ae7bL;
  public static final long KVM_GET_CLOCK = 0x8030ae7cL;
  public static final long KVM_GET_PIT2 = 0x8070ae9fL;
  public static final long KVM_SET_PIT2 = 0x4070aea0L;
  public static final long KVM_SET_TSC_KHZ = 0xaea2L;
  public static final long KVM_GET_TSC_KHZ = 0xaea3L;
  public static final long KVM_SIGNAL_MSI = 0x4020aea5L;
  public static final long KVM_RUN = 0xae80L;
  public static final long KVM_GET_REGS = 0x8090ae81L;
  public static final long KVM_SET_REGS = 0x4090ae82L;
  public static final long KVM_GET_SREGS = 0x8138ae83L;
  public static final long KVM_SET_SREGS = 0x4138ae84L;
  public static final long KVM_TRANSLATE = 0xc018ae85L;
  public static final long KVM_INTERRUPT = 0x4004ae86L;
  public static final long KVM_GET_MSRS = 0xc008ae88L;
  public static final long KVM_SET_MSRS = 0x4008ae89L;
  public static final long KVM_SET_SIGNAL_MASK = 0x4004ae8bL;
  public static final long KVM_GET_LAPIC = 0x8400ae8eL;
  public static final long KVM_SET_LAPIC = 0x4400ae8fL;
  public static final long KVM_SET_CPUID2 = 0x4008ae90L;
  public static final long KVM_GET_MP_STATE = 0x8004ae98L;
  public static final long KVM_SET_MP_STATE = 0x4004ae99L;
  public static final long KVM_NMI = 0xae9aL;
  public static final long KVM_SET_GUEST_DEBUG = 0x4048ae9bL;
  public static final long KVM_GET_VCPU_EVENTS = 0x8040ae9fL;
  public static final long KVM_SET_VCPU_EVENTS = 0x4040aea0L;
  public static final long KVM_GET_DEBUGREGS = 0x8080aea1L;
  public static final long KVM_SET_DEBUGREGS = 0x4080aea2L;
  public static final long KVM_ENABLE_CAP = 0x4068aea3L;
  public static final long KVM_GET_XSAVE = 0x9000aea4L;
  public static final long KVM_SET_XSAVE = 0x5000aea5L;
  public static final long KVM_GET_XSAVE2 = 0x9000aecfL;
  public static final long KVM_GET_XCRS = 0x8188aea6L;
  public static final long KVM_SET_XCRS = 0x4188aea7L;
  public static final long KVM_KVMCLOCK_CTRL = 0xaeadL;
  public static final long KVM_GET_SREGS2 = 0x8140aeccL;
  public static final long KVM_SET_SREGS2 = 0x4140aecdL;

  // Exit reasons (kvm_run.exit_reason)

  public static final int KVM_EXIT_UNKNOWN = 0;
  public static final int KVM_EXIT_EXCEPTION = 1;
  public static final int KVM_EXIT_IO = 2;
  public static final int KVM_EXIT_HYPERCALL = 3;
  public static final int KVM_EXIT_DEBUG = 4;
  public static final int KVM_EXIT_HLT = 5;
  public static final int KVM_EXIT_MMIO = 6;
  public static final int KVM_EXIT_IRQ_WINDOW_OPEN = 7;
  public static final int KVM_EXIT_SHUTDOWN = 8;
  public static final int KVM_EXIT_FAIL_ENTRY = 9;
  public static final int KVM_EXIT_INTR = 10;
  public static final int KVM_EXIT_SET_TPR = 11;
  public static final int KVM_EXIT_TPR_ACCESS = 12;
  public static final int KVM_EXIT_NMI = 16;
  public static final int KVM_EXIT_INTERNAL_ERROR = 17;
  public static final int KVM_EXIT_SYSTEM_EVENT = 24;
  public static final int KVM_EXIT_IOAPIC_EOI = 26;
  public static final int KVM_EXIT_HYPERV = 27;
  public static final int KVM_EXIT_X86_RDMSR = 29;
  public static final int KVM_EXIT_X86_WRMSR = 30;
  public static final int KVM_EXIT_X86_BUS_LOCK = 33;
  public static final int KVM_EXIT_NOTIFY = 37;

  public static final int KVM_EXIT_IO_IN = 0;

  public static final int KVM_INTERNAL_ERROR_EMULATION = 1;
  public static final int KVM_INTERNAL_ERROR_SIMUL_EX = 2;
  public static final int KVM_INTERNAL_ERROR_DELIVERY_EV = 3;
  public static final int KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON = 4;
  public static final int KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES = 1;

  public static final int KVM_MSR_EXIT_REASON_INVAL = 1;
  public static final int KVM_MSR_EXIT_REASON_UNKNOWN = 1 << 1;

  // Flags and values of structs

  public static final int KVM_MEM_LOG_DIRTY_PAGES = 1;
  public static final int KVM_MEM_READONLY = 1 << 1;

  public static final int KVM_COALESCED_MMIO_PAGE_OFFSET = 2;

  public static final int KVM_NR_IRQCHIPS = 3;
  public static final int KVM_IOAPIC_NUM_PINS = 24;

  public static final int KVM_IRQ_ROUTING_MSI = 2;

  public static final int KVM_IRQFD_FLAG_DEASSIGN = 1;
  public static final int KVM_IOEVENTFD_FLAG_PIO = 1 << 1;
  public static final int KVM_IOEVENTFD_FLAG_DEASSIGN = 1 << 2;

  public static final int KVM_CPUID_FLAG_SIGNIFCANT_INDEX = 1;

  public static final int KVM_MP_STATE_RUNNABLE = 0;
  public static final int KVM_MP_STATE_UNINITIALIZED = 1;
  public static final int KVM_MP_STATE_INIT_RECEIVED = 2;
  public static final int KVM_MP_STATE_HALTED = 3;
  public static final int KVM_MP_STATE_SIPI_RECEIVED = 4;

  public static final int KVM_GUESTDBG_ENABLE = 1;
  public static final int KVM_GUESTDBG_SINGLESTEP = 1 << 1;
  public static final int KVM_GUESTDBG_USE_SW_BP = 1 << 16;
  public static final int KVM_GUESTDBG_USE_HW_BP = 1 << 17;

  public static final int KVM_VCPUEVENT_VALID_NMI_PENDING = 1;
  public static final int KVM_VCPUEVENT_VALID_SIPI_VECTOR = 1 << 1;
  public static final int KVM_VCPUEVENT_VALID_SHADOW = 1 << 2;

  public static final int KVM_SYNC_X86_REGS = 1;
  public static final int KVM_SYNC_X86_SREGS = 1 << 1;
  public static final int KVM_SYNC_X86_EVENTS = 1 << 2;

  /** The header name of a request; slow, for messages. */
  public static String requestName(long request) {
    return name(long.class, "KVM_", request);
  }

  /** The header name of an exit reason; slow, for messages. */
  public static String exitName(int reason) {
    return name(int.class, "KVM_EXIT_", reason);
  }

  private static String name(Class<?> type, String prefix, long value) {
    try {
      for (Field field : KvmAbi.class.getFields()) {
        if (field.getType() == type
            && field.getName().startsWith(prefix)
            && ((Number) field.get(null)).longValue() == value) {
          return field.getName();
        }
      }
    } catch (IllegalAccessException e) {
      throw new AssertionError("public constants", e);
    }
    return prefix + "%#x".formatted(value);
  }
}
