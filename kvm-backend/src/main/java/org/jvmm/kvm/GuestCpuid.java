package org.jvmm.kvm;

import java.util.ArrayList;
import java.util.List;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.kvm.CpuidTable.Entry;

/**
 * The CPUID that guests see: what KVM supports, filtered by {@code -cpu}, with one socket of
 * single-threaded cores told the same way in every leaf that tells topology.
 */
final class GuestCpuid {
  /** KVM's leaves (Documentation/virt/kvm/x86/cpuid.rst). */
  static final int KVM_SIGNATURE = 0x4000_0000, KVM_FEATURES = 0x4000_0001;

  /** TSC and APIC bus frequency in kHz; VMware's leaf, which Linux and QEMU share. */
  static final int TIMING = 0x4000_0010;

  /** KVM's local APIC timer counts nanoseconds. */
  private static final int APIC_BUS_KHZ = 1_000_000;

  private static final int VENDOR_INTEL_EBX = 0x756e_6547; // "Genu"

  /**
   * Features of the left are nothing without the one on the right; their order is that of removal.
   */
  private static final String[][] NEEDS = {
    {"xsave", "avx", "xsaveopt", "xsavec", "xgetbv1", "xsaves", "mpx", "pku", "amx-tile"},
    {"avx", "avx2", "fma", "f16c", "xop", "fma4", "vaes", "vpclmulqdq", "avx-vnni", "avx512f"},
    {"avx512f", "avx512dq", "avx512ifma", "avx512pf", "avx512er", "avx512cd", "avx512bw"},
    {"avx512f", "avx512vl", "avx512vbmi", "avx512vbmi2", "avx512vnni", "avx512bitalg"},
    {"avx512f", "avx512-vpopcntdq", "avx512-4vnniw", "avx512-4fmaps", "avx512-vp2intersect"},
    {"avx512f", "avx512-bf16", "avx512-fp16"},
    {"amx-tile", "amx-bf16", "amx-int8", "amx-fp16"}
  };

  private final CpuidTable table;
  private final int vcpus;

  /**
   * @param supported KVM_GET_SUPPORTED_CPUID
   * @throws ConfigException one line for the user, if the model asks for what is not there
   */
  GuestCpuid(CpuidTable supported, CpuModel model, int vcpus, IrqchipMode irqchip) {
    if (!model.name().equals("host") && !model.name().equals("max")) {
      throw new ConfigException(
          "-cpu %s: KVM knows the models host and max".formatted(model.name()));
    }
    this.table = supported.copy();
    this.vcpus = vcpus;
    // KVM leaves this bit to its user; without it a guest does not look for KVM's clock.
    CpuFeature.named("hypervisor").set(table, true);
    adaptToIrqchip(irqchip);
    for (String name : model.plus()) {
      switchOn(CpuFeature.named(name), supported);
    }
    for (String name : model.minus()) {
      CpuFeature.named(name).set(table, false);
    }
    dropDependants();
    limitXsave();
    table.leaf(KVM_SIGNATURE).registers[CpuidTable.EAX] = TIMING;
  }

  private void switchOn(CpuFeature feature, CpuidTable supported) {
    if (!feature.in(supported) && !feature.in(table)) {
      throw new ConfigException(
          "-cpu +%s: this host's KVM does not offer it".formatted(feature.name()));
    }
    feature.set(table, true);
  }

  /** Timers and notifications of the local APIC are there only if KVM has the APIC. */
  private void adaptToIrqchip(IrqchipMode irqchip) {
    boolean apicInKernel = irqchip != IrqchipMode.USER;
    CpuFeature.named("tsc-deadline").set(table, apicInKernel);
    if (!apicInKernel) {
      for (String name : List.of("kvm-pv-eoi", "kvm-pv-unhalt", "kvm-pv-ipi", "kvm-asyncpf-int")) {
        CpuFeature.named(name).set(table, false);
      }
    }
  }

  private void dropDependants() {
    for (String[] group : NEEDS) {
      if (!CpuFeature.named(group[0]).in(table)) {
        for (int i = 1; i < group.length; i++) {
          CpuFeature.named(group[i]).set(table, false);
        }
      }
    }
  }

  /** Leaf 0xD offers the state components of features that are on, and no others. */
  private void limitXsave() {
    if (!CpuFeature.named("xsave").in(table)) {
      table.replace(0xd, List.of());
      return;
    }
    long components = 3; // x87 and SSE
    components |= CpuFeature.named("avx").in(table) ? 1L << 2 : 0;
    components |= CpuFeature.named("mpx").in(table) ? 3L << 3 : 0;
    components |= CpuFeature.named("avx512f").in(table) ? 7L << 5 : 0;
    components |= CpuFeature.named("pku").in(table) ? 1L << 9 : 0;
    components |= CpuFeature.named("amx-tile").in(table) ? 3L << 17 : 0;
    long offered = components | 1L << 8 | 3L << 11; // with PT and CET, which are in IA32_XSS
    List<Entry> kept = new ArrayList<>();
    for (Entry entry : table.entries()) {
      if (entry.leaf == 0xd) {
        if (entry.subleaf == 0) {
          entry.registers[CpuidTable.EAX] &= (int) components;
          entry.registers[CpuidTable.EDX] &= (int) (components >>> 32);
          kept.add(entry);
        } else if (entry.subleaf == 1 || (offered >>> entry.subleaf & 1) != 0) {
          kept.add(entry);
        }
      }
    }
    table.replace(0xd, kept);
  }

  /**
   * The table of one vCPU.
   *
   * @param id its APIC id
   * @param tscKhz its TSC's frequency, 0 if unknown
   */
  CpuidTable of(int id, int tscKhz) {
    CpuidTable own = table.copy();
    tellTopology(own, id);
    if (tscKhz > 0) {
      own.leaf(TIMING).set(tscKhz, APIC_BUS_KHZ, 0, 0);
      boolean intel = own.get(0, 0, CpuidTable.EBX) == VENDOR_INTEL_EBX;
      if (intel && own.get(0, 0, CpuidTable.EAX) >= 0x15) {
        // TSC = crystal * EBX / EAX, with the APIC's clock for a crystal, as Linux takes it.
        own.leaf(0x15).set(APIC_BUS_KHZ, tscKhz, APIC_BUS_KHZ * 1000, 0);
      }
    }
    return own;
  }

  private void tellTopology(CpuidTable own, int id) {
    int idBits = 32 - Integer.numberOfLeadingZeros(vcpus - 1);
    Entry one = own.leaf(1);
    one.registers[CpuidTable.EBX] =
        one.registers[CpuidTable.EBX] & 0xffff | Math.min(vcpus, 255) << 16 | (id & 0xff) << 24;
    CpuFeature.named("ht").set(own, vcpus > 1);
    for (Entry entry : own.entries()) {
      if (entry.leaf == 4) {
        int sharers = isLastLevel(entry) ? (1 << idBits) - 1 : 0;
        entry.registers[CpuidTable.EAX] =
            entry.registers[CpuidTable.EAX] & 0x3fff
                | sharers << 14
                | Math.min((1 << idBits) - 1, 63) << 26;
      } else if (entry.leaf == 0x8000_001d) {
        int sharers = isLastLevel(entry) ? vcpus - 1 : 0;
        entry.registers[CpuidTable.EAX] = entry.registers[CpuidTable.EAX] & 0x3fff | sharers << 14;
      }
    }
    tellExtendedTopology(own, 0xb, id, idBits);
    if (own.get(0, 0, CpuidTable.EAX) >= 0x1f) {
      tellExtendedTopology(own, 0x1f, id, idBits);
    }
    tellAmdTopology(own, id, idBits);
  }

  /** Level 3 of deterministic cache parameters, or no cache at all. */
  private static boolean isLastLevel(Entry entry) {
    return (entry.registers[CpuidTable.EAX] >> 5 & 7) == 3;
  }

  /** SDM vol. 2, leaves 0BH and 1FH: threads of a core, then cores of the package. */
  private void tellExtendedTopology(CpuidTable own, int leaf, int id, int idBits) {
    own.replace(
        leaf,
        List.of(
            new Entry(leaf, 0, true).set(0, 1, 0x100, id),
            new Entry(leaf, 1, true).set(idBits, vcpus, 0x201, id),
            new Entry(leaf, 2, true).set(0, 0, 2, id)));
  }

  /** APM vol. 3 appendix E: 8000_0001 CmpLegacy, 8000_0008 ECX, 8000_001E. */
  private void tellAmdTopology(CpuidTable own, int id, int idBits) {
    if (own.get(0, 0, CpuidTable.EBX) == VENDOR_INTEL_EBX) {
      return;
    }
    CpuFeature.named("cmp-legacy").set(own, vcpus > 1);
    Entry sizes = own.find(0x8000_0008, 0);
    if (sizes != null) {
      sizes.registers[CpuidTable.ECX] =
          sizes.registers[CpuidTable.ECX] & ~0xf0ff | (vcpus - 1) & 0xff | idBits << 12;
    }
    Entry node = own.find(0x8000_001e, 0);
    if (node != null) {
      node.set(id, id & 0xff, 0, 0); // one thread per core, one node
    }
    Entry levels = own.find(0x8000_0026, 0);
    if (levels != null) {
      own.replace(0x8000_0026, List.of(new Entry(0x8000_0026, 0, true)));
    }
  }
}
