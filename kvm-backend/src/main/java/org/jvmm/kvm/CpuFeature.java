package org.jvmm.kvm;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.NearestName;

/**
 * A feature bit of CPUID under the name that Linux and QEMU give it.
 *
 * <p>Bits: SDM vol. 2 (CPUID), AMD APM vol. 3 appendix E; KVM's own leaf:
 * Documentation/virt/kvm/x86/cpuid.rst.
 *
 * @param name in QEMU's spelling, with hyphens
 * @param register of {@link CpuidTable}
 * @param bit 0-31
 */
record CpuFeature(String name, int leaf, int subleaf, int register, int bit) {
  private static final Map<String, CpuFeature> ALL = new LinkedHashMap<>();

  /** Other spellings: /proc/cpuinfo's, and synonyms that QEMU knows. */
  private static final Map<String, String> SYNONYMS =
      Map.of(
          "sse3", "pni",
          "tsc-deadline-timer", "tsc-deadline",
          "cr8-legacy", "cr8legacy",
          "ffxsr", "fxsr-opt",
          "sha", "sha-ni",
          "avx512-vbmi2", "avx512vbmi2",
          "avx512-vnni", "avx512vnni",
          "avx512-bitalg", "avx512bitalg",
          "nonstop-tsc", "invtsc",
          "constant-tsc", "invtsc");

  // Bit 0 first; "." is a bit without a name.
  static {
    word(
        1,
        0,
        CpuidTable.EDX,
        "fpu vme de pse tsc msr pae mce cx8 apic . sep mtrr pge mca cmov pat pse36 pn clflush . ds"
            + " acpi mmx fxsr sse sse2 ss ht tm ia64 pbe");
    word(
        1,
        0,
        CpuidTable.ECX,
        "pni pclmulqdq dtes64 monitor ds-cpl vmx smx est tm2 ssse3 cid . fma cx16 xtpr pdcm . pcid"
            + " dca sse4-1 sse4-2 x2apic movbe popcnt tsc-deadline aes xsave osxsave avx f16c"
            + " rdrand hypervisor");
    word(6, 0, CpuidTable.EAX, ". . arat");
    word(
        7,
        0,
        CpuidTable.EBX,
        "fsgsbase tsc-adjust sgx bmi1 hle avx2 fdp-excptn-only smep bmi2 erms invpcid rtm . . mpx ."
            + " avx512f avx512dq rdseed adx smap avx512ifma pcommit clflushopt clwb intel-pt"
            + " avx512pf avx512er avx512cd sha-ni avx512bw avx512vl");
    word(
        7,
        0,
        CpuidTable.ECX,
        ". avx512vbmi umip pku ospke waitpkg avx512vbmi2 . gfni vaes vpclmulqdq avx512vnni"
            + " avx512bitalg . avx512-vpopcntdq . la57 . . . . . rdpid . bus-lock-detect cldemote"
            + " . movdiri movdir64b . sgxlc pks");
    word(
        7,
        0,
        CpuidTable.EDX,
        ". . avx512-4vnniw avx512-4fmaps fsrm . . . avx512-vp2intersect . md-clear . . . serialize"
            + " . tsx-ldtrk . . arch-lbr . amx-bf16 avx512-fp16 amx-tile amx-int8 spec-ctrl stibp"
            + " flush-l1d arch-capabilities core-capability ssbd");
    word(
        7,
        1,
        CpuidTable.EAX,
        ". . . . avx-vnni avx512-bf16 . cmpccxadd . . fzrm fsrs fsrc . . . . . . . . amx-fp16 ."
            + " avx-ifma");
    word(0xd, 1, CpuidTable.EAX, "xsaveopt xsavec xgetbv1 xsaves xfd");
    word(
        0x8000_0001,
        0,
        CpuidTable.ECX,
        "lahf-lm cmp-legacy svm extapic cr8legacy abm sse4a misalignsse 3dnowprefetch osvw ibs xop"
            + " skinit wdt . lwp fma4 tce . nodeid-msr . tbm topoext perfctr-core perfctr-nb");
    word(
        0x8000_0001,
        0,
        CpuidTable.EDX,
        ". . . . . . . . . . . syscall . . . . . . . mp nx . mmxext . . fxsr-opt pdpe1gb rdtscp ."
            + " lm 3dnowext 3dnow");
    word(0x8000_0007, 0, CpuidTable.EDX, ". . . . . . . . invtsc");
    word(
        0x8000_0008,
        0,
        CpuidTable.EBX,
        "clzero . xsaveerptr . . . . . . wbnoinvd . . ibpb . ibrs amd-stibp . stibp-always-on . . ."
            + " . . . amd-ssbd virt-ssbd amd-no-ssb");
    word(
        0x8000_000a,
        0,
        CpuidTable.EDX,
        "npt lbrv svm-lock nrip-save tsc-scale vmcb-clean flushbyasid decodeassists . ."
            + " pause-filter . pfthreshold avic . v-vmsave-vmload vgif");
    word(
        0x8000_0021,
        0,
        CpuidTable.EAX,
        "no-nested-data-bp . lfence-always-serializing . . . null-sel-clr-base . auto-ibrs");
    word(
        GuestCpuid.KVM_FEATURES,
        0,
        CpuidTable.EAX,
        "kvmclock-old kvm-nopiodelay . kvmclock kvm-asyncpf kvm-steal-time kvm-pv-eoi kvm-pv-unhalt"
            + " . kvm-pv-tlb-flush . kvm-pv-ipi kvm-poll-control kvm-pv-sched-yield kvm-asyncpf-int"
            + " kvm-msi-ext-dest-id . . . . . . . . kvmclock-stable-bit");
  }

  private static void word(int leaf, int subleaf, int register, String names) {
    String[] list = names.split(" ");
    for (int bit = 0; bit < list.length; bit++) {
      if (!list[bit].equals(".")) {
        ALL.put(list[bit], new CpuFeature(list[bit], leaf, subleaf, register, bit));
      }
    }
  }

  /** All that have a name. */
  static Collection<CpuFeature> all() {
    return ALL.values();
  }

  /**
   * A feature by name; hyphen, underscore and point are the same.
   *
   * @throws ConfigException naming the nearest one, if there is none
   */
  static CpuFeature named(String text) {
    String name = text.toLowerCase(Locale.ROOT).replace('_', '-').replace('.', '-');
    CpuFeature feature = ALL.get(SYNONYMS.getOrDefault(name, name));
    if (feature == null) {
      String hint =
          NearestName.of(name, ALL.keySet()).map("; the nearest is '%s'"::formatted).orElse("");
      throw new ConfigException("-cpu: no CPU feature is named '%s'%s".formatted(text, hint));
    }
    return feature;
  }

  boolean in(CpuidTable table) {
    return (table.get(leaf, subleaf, register) >>> bit & 1) != 0;
  }

  void set(CpuidTable table, boolean on) {
    CpuidTable.Entry entry = table.find(leaf, subleaf);
    if (entry != null) {
      int mask = 1 << bit;
      entry.registers[register] =
          on ? entry.registers[register] | mask : entry.registers[register] & ~mask;
    } else if (on) {
      throw new ConfigException("-cpu +%s: CPUID has no leaf %#x here".formatted(name, leaf));
    }
  }
}
