package org.jvmm.kvm.abi;

/**
 * Structs of linux/kvm.h and asm/kvm.h for x86-64: one class for each, with the offset of each
 * field under its header name (members of unions and of inner structs with an underscore for the
 * dot).
 */
public final class KvmStructs {
  private KvmStructs() {}

  /** struct kvm_userspace_memory_region. */
  public static final class kvm_userspace_memory_region {
    public static final int sizeof = 32;
    public static final int slot = 0;
    public static final int flags = 4;
    public static final int guest_phys_addr = 8;
    public static final int memory_size = 16;
    public static final int userspace_addr = 24;
  }

  /** struct kvm_dirty_log. */
  public static final class kvm_dirty_log {
    public static final int sizeof = 16;
    public static final int slot = 0;
    public static final int dirty_bitmap = 8;
  }

  /** struct kvm_clear_dirty_log. */
  public static final class kvm_clear_dirty_log {
    public static final int sizeof = 24;
    public static final int slot = 0;
    public static final int num_pages = 4;
    public static final int first_page = 8;
    public static final int dirty_bitmap = 16;
  }

  /** struct kvm_coalesced_mmio_zone. */
  public static final class kvm_coalesced_mmio_zone {
    public static final int sizeof = 16;
    public static final int addr = 0;
    public static final int size = 8;
    public static final int pio = 12;
  }

  /** struct kvm_coalesced_mmio. */
  public static final class kvm_coalesced_mmio {
    public static final int sizeof = 24;
    public static final int phys_addr = 0;
    public static final int len = 8;
    public static final int pio = 12;
    public static final int data = 16;
  }

  /** struct kvm_coalesced_mmio_ring. */
  public static final class kvm_coalesced_mmio_ring {
    public static final int sizeof = 8;
    public static final int first = 0;
    public static final int last = 4;
    public static final int coalesced_mmio = 8;
  }

  /** struct kvm_irq_level. */
  public static final class kvm_irq_level {
    public static final int sizeof = 8;
    public static final int irq = 0;
    public static final int level = 4;
  }

  /** struct kvm_irqchip. */
  public static final class kvm_irqchip {
    public static final int sizeof = 520;
    public static final int chip_id = 0;
    public static final int chip = 8;
  }

  /** struct kvm_irq_routing. */
  public static final class kvm_irq_routing {
    public static final int sizeof = 8;
    public static final int nr = 0;
    public static final int entries = 8;
  }

  /** struct kvm_irq_routing_entry. */
  public static final class kvm_irq_routing_entry {
    public static final int sizeof = 48;
    public static final int gsi = 0;
    public static final int type = 4;
    public static final int flags = 8;
    public static final int u_irqchip_irqchip = 16;
    public static final int u_irqchip_pin = 20;
    public static final int u_msi_address_lo = 16;
    public static final int u_msi_address_hi = 20;
    public static final int u_msi_data = 24;
  }

  /** struct kvm_irqfd. */
  public static final class kvm_irqfd {
    public static final int sizeof = 32;
    public static final int fd = 0;
    public static final int gsi = 4;
    public static final int flags = 8;
    public static final int resamplefd = 12;
  }

  /** struct kvm_ioeventfd. */
  public static final class kvm_ioeventfd {
    public static final int sizeof = 64;
    public static final int datamatch = 0;
    public static final int addr = 8;
    public static final int len = 16;
    public static final int fd = 20;
    public static final int flags = 24;
  }

  /** struct kvm_pit_config. */
  public static final class kvm_pit_config {
    public static final int sizeof = 64;
    public static final int flags = 0;
  }

  /** struct kvm_clock_data. */
  public static final class kvm_clock_data {
    public static final int sizeof = 48;
    public static final int clock = 0;
    public static final int flags = 8;
    public static final int realtime = 16;
    public static final int host_tsc = 24;
  }

  /** struct kvm_pit_state2. */
  public static final class kvm_pit_state2 {
    public static final int sizeof = 112;
    public static final int channels = 0;
    public static final int flags = 72;
  }

  /** struct kvm_msi. */
  public static final class kvm_msi {
    public static final int sizeof = 32;
    public static final int address_lo = 0;
    public static final int address_hi = 4;
    public static final int data = 8;
    public static final int flags = 12;
  }

  /** struct kvm_regs. */
  public static final class kvm_regs {
    public static final int sizeof = 144;
    public static final int rax = 0;
    public static final int rbx = 8;
    public static final int rcx = 16;
    public static final int rdx = 24;
    public static final int rsi = 32;
    public static final int rdi = 40;
    public static final int rsp = 48;
    public static final int rbp = 56;
    public static final int r8 = 64;
    public static final int r15 = 120;
    public static final int rip = 128;
    public static final int rflags = 136;
  }

  /** struct kvm_segment. */
  public static final class kvm_segment {
    public static final int sizeof = 24;
    public static final int base = 0;
    public static final int limit = 8;
    public static final int selector = 12;
    public static final int type = 14;
    public static final int present = 15;
    public static final int dpl = 16;
    public static final int db = 17;
    public static final int s = 18;
    public static final int l = 19;
    public static final int g = 20;
    public static final int avl = 21;
    public static final int unusable = 22;
  }

  /** struct kvm_dtable. */
  public static final class kvm_dtable {
    public static final int sizeof = 16;
    public static final int base = 0;
    public static final int limit = 8;
  }

  /** struct kvm_sregs. */
  public static final class kvm_sregs {
    public static final int sizeof = 312;
    public static final int cs = 0;
    public static final int ds = 24;
    public static final int es = 48;
    public static final int fs = 72;
    public static final int gs = 96;
    public static final int ss = 120;
    public static final int tr = 144;
    public static final int ldt = 168;
    public static final int gdt = 192;
    public static final int idt = 208;
    public static final int cr0 = 224;
    public static final int cr2 = 232;
    public static final int cr3 = 240;
    public static final int cr4 = 248;
    public static final int cr8 = 256;
    public static final int efer = 264;
    public static final int apic_base = 272;
    public static final int interrupt_bitmap = 280;
  }

  /** struct kvm_sregs2. */
  public static final class kvm_sregs2 {
    public static final int sizeof = 320;
    public static final int cs = 0;
    public static final int apic_base = 272;
    public static final int flags = 280;
    public static final int pdptrs = 288;
  }

  /** struct kvm_translation. */
  public static final class kvm_translation {
    public static final int sizeof = 24;
    public static final int linear_address = 0;
    public static final int physical_address = 8;
    public static final int valid = 16;
    public static final int writeable = 17;
    public static final int usermode = 18;
  }

  /** struct kvm_interrupt. */
  public static final class kvm_interrupt {
    public static final int sizeof = 4;
    public static final int irq = 0;
  }

  /** struct kvm_msrs. */
  public static final class kvm_msrs {
    public static final int sizeof = 8;
    public static final int nmsrs = 0;
    public static final int entries = 8;
  }

  /** struct kvm_msr_entry. */
  public static final class kvm_msr_entry {
    public static final int sizeof = 16;
    public static final int index = 0;
    public static final int data = 8;
  }

  /** struct kvm_msr_list. */
  public static final class kvm_msr_list {
    public static final int sizeof = 4;
    public static final int nmsrs = 0;
    public static final int indices = 4;
  }

  /** struct kvm_signal_mask. */
  public static final class kvm_signal_mask {
    public static final int sizeof = 4;
    public static final int len = 0;
    public static final int sigset = 4;
  }

  /** struct kvm_lapic_state. */
  public static final class kvm_lapic_state {
    public static final int sizeof = 1024;
    public static final int regs = 0;
  }

  /** struct kvm_cpuid2. */
  public static final class kvm_cpuid2 {
    public static final int sizeof = 8;
    public static final int nent = 0;
    public static final int entries = 8;
  }

  /** struct kvm_cpuid_entry2. */
  public static final class kvm_cpuid_entry2 {
    public static final int sizeof = 40;
    public static final int function = 0;
    public static final int index = 4;
    public static final int flags = 8;
    public static final int eax = 12;
    public static final int ebx = 16;
    public static final int ecx = 20;
    public static final int edx = 24;
  }

  /** struct kvm_mp_state. */
  public static final class kvm_mp_state {
    public static final int sizeof = 4;
    public static final int mp_state = 0;
  }

  /** struct kvm_guest_debug. */
  public static final class kvm_guest_debug {
    public static final int sizeof = 72;
    public static final int control = 0;
    public static final int arch_debugreg = 8;
  }

  /** struct kvm_vcpu_events. */
  public static final class kvm_vcpu_events {
    public static final int sizeof = 64;
    public static final int exception_injected = 0;
    public static final int exception_nr = 1;
    public static final int exception_has_error_code = 2;
    public static final int exception_pending = 3;
    public static final int exception_error_code = 4;
    public static final int interrupt_injected = 8;
    public static final int interrupt_nr = 9;
    public static final int interrupt_soft = 10;
    public static final int interrupt_shadow = 11;
    public static final int nmi_injected = 12;
    public static final int nmi_pending = 13;
    public static final int nmi_masked = 14;
    public static final int sipi_vector = 16;
    public static final int flags = 20;
    public static final int smi_smm = 24;
    public static final int smi_pending = 25;
    public static final int smi_smm_inside_nmi = 26;
    public static final int smi_latched_init = 27;
    public static final int triple_fault_pending = 28;
    public static final int exception_has_payload = 55;
    public static final int exception_payload = 56;
  }

  /** struct kvm_debugregs. */
  public static final class kvm_debugregs {
    public static final int sizeof = 128;
    public static final int db = 0;
    public static final int dr6 = 32;
    public static final int dr7 = 40;
    public static final int flags = 48;
  }

  /** struct kvm_enable_cap. */
  public static final class kvm_enable_cap {
    public static final int sizeof = 104;
    public static final int cap = 0;
    public static final int flags = 4;
    public static final int args = 8;
  }

  /** struct kvm_xsave. */
  public static final class kvm_xsave {
    public static final int sizeof = 4096;
    public static final int region = 0;
  }

  /** struct kvm_xcrs. */
  public static final class kvm_xcrs {
    public static final int sizeof = 392;
    public static final int nr_xcrs = 0;
    public static final int flags = 4;
    public static final int xcrs = 8;
  }

  /** struct kvm_xcr. */
  public static final class kvm_xcr {
    public static final int sizeof = 16;
    public static final int xcr = 0;
    public static final int value = 8;
  }

  /** struct kvm_sync_regs. */
  public static final class kvm_sync_regs {
    public static final int sizeof = 520;
    public static final int regs = 0;
    public static final int sregs = 144;
    public static final int events = 456;
  }

  /** struct kvm_run. */
  public static final class kvm_run {
    public static final int sizeof = 2352;
    public static final int request_interrupt_window = 0;
    public static final int immediate_exit = 1;
    public static final int exit_reason = 8;
    public static final int ready_for_interrupt_injection = 12;
    public static final int if_flag = 13;
    public static final int flags = 14;
    public static final int cr8 = 16;
    public static final int apic_base = 24;
    public static final int hw_hardware_exit_reason = 32;
    public static final int fail_entry_hardware_entry_failure_reason = 32;
    public static final int fail_entry_cpu = 40;
    public static final int ex_exception = 32;
    public static final int ex_error_code = 36;
    public static final int io_direction = 32;
    public static final int io_size = 33;
    public static final int io_port = 34;
    public static final int io_count = 36;
    public static final int io_data_offset = 40;
    public static final int debug_arch_exception = 32;
    public static final int debug_arch_pc = 40;
    public static final int debug_arch_dr6 = 48;
    public static final int debug_arch_dr7 = 56;
    public static final int mmio_phys_addr = 32;
    public static final int mmio_data = 40;
    public static final int mmio_len = 48;
    public static final int mmio_is_write = 52;
    public static final int internal_suberror = 32;
    public static final int internal_ndata = 36;
    public static final int internal_data = 40;
    public static final int emulation_failure_flags = 40;
    public static final int emulation_failure_insn_size = 48;
    public static final int emulation_failure_insn_bytes = 49;
    public static final int system_event_type = 32;
    public static final int system_event_ndata = 36;
    public static final int system_event_data = 40;
    public static final int eoi_vector = 32;
    public static final int msr_error = 32;
    public static final int msr_reason = 40;
    public static final int msr_index = 44;
    public static final int msr_data = 48;
    public static final int notify_flags = 32;
    public static final int kvm_valid_regs = 288;
    public static final int kvm_dirty_regs = 296;
    public static final int s_regs = 304;
  }
}
