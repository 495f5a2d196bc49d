package org.jvmm.softcpu.cpu;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jvmm.core.accel.ConfigException;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.softcpu.mmu.PhysicalMemory;

/**
 * What CPUID says (SDM vol. 2, CPUID; APM vol. 3 appendix E for the 8000xxxxH leaves), made from a
 * {@code -cpu} model. Only what is implemented can be switched on.
 */
public final class CpuidTable {
  /** Ticks of the TSC in a second: one for each nanosecond of VM time. */
  public static final int TSC_HZ = 1_000_000_000;

  /** Not in "max": with la57, a kernel that its own loader starts has longer walks. */
  private static final List<String> NOT_IN_MAX = List.of("monitor", "ss", "ht", "la57");

  /** Words that hold feature bits. */
  private static final int L1_EDX = 0, L1_ECX = 1, L7_EBX = 2, L7_ECX = 3, L7_EDX = 4;

  private static final int X1_EDX = 5,
      X1_ECX = 6,
      L13_EAX = 7,
      L7_1_EAX = 8,
      L7_2_EDX = 9,
      WORDS = 10;

  private static final String VENDOR = "GenuineIntel";

  private static final Map<String, Integer> BITS = new HashMap<>();

  static {
    row(L1_EDX, 0, "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36");
    row(L1_EDX, 19, "clflush - - - mmx fxsr sse sse2 ss ht");
    row(L1_ECX, 0, "pni pclmulqdq - monitor - - - - - ssse3 - - - cx16 - - - pcid - sse4_1");
    row(
        L1_ECX,
        20,
        "sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - - - rdrand hypervisor");
    row(L7_EBX, 0, "fsgsbase tsc_adjust - - - - - smep - erms invpcid - - - - - - - rdseed - smap");
    row(L7_EBX, 23, "clflushopt clwb - - - - sha_ni");
    row(L7_ECX, 2, "umip");
    row(L7_ECX, 16, "la57");
    row(L7_ECX, 22, "rdpid");
    row(L7_EDX, 4, "fsrm"); // string instructions are the fastest copies here, short ones too
    row(L7_EDX, 26, "spec_ctrl - - arch_capabilities");
    row(L7_1_EAX, 10, "fzrm fsrs");
    row(L7_2_EDX, 4, "bhi_ctrl");
    row(X1_EDX, 11, "syscall - - - - - - - - nx - - - - - pdpe1gb rdtscp - lm");
    row(X1_ECX, 0, "lahf_lm - - - - abm - - 3dnowprefetch");
    row(L13_EAX, 0, "xsaveopt xsavec");
  }

  private static final String BASE =
      "fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr";
  private static final String QEMU32 =
      BASE + " sse sse2 pni x2apic hypervisor nx tsc_deadline_timer";
  private static final String QEMU64 = QEMU32 + " cx16 syscall lm lahf_lm";

  private static final Map<String, String> MODELS =
      Map.of(
          "486",
          "fpu",
          "pentium",
          "fpu vme de pse tsc msr mce cx8 apic",
          "pentium3",
          BASE + " sse",
          "qemu32",
          QEMU32,
          "qemu64",
          QEMU64,
          "kvm64",
          QEMU64,
          "Nehalem",
          QEMU64 + " ssse3 sse4_1 sse4_2 popcnt rdtscp");

  private final int[] words = new int[WORDS];
  private final Set<String> names = new HashSet<>();
  private final int vcpus;
  private final String brand;

  /**
   * Makes the table.
   *
   * @param implemented whether the instructions of a feature exist; the guest never sees others
   * @throws ConfigException for a model or feature that is not known
   */
  public CpuidTable(CpuModel model, int vcpus, Predicate<String> implemented) {
    this.vcpus = vcpus;
    brand = "jvmm soft CPU (" + model.name() + ")";
    if (model.name().equals("max") || model.name().equals("host")) {
      names.addAll(BITS.keySet());
      names.removeAll(NOT_IN_MAX);
    } else if (MODELS.containsKey(model.name())) {
      names.addAll(List.of(MODELS.get(model.name()).split(" ")));
    } else {
      throw new ConfigException(
          "-cpu %s: soft knows max, %s"
              .formatted(
                  model.name(), String.join(", ", new java.util.TreeSet<>(MODELS.keySet()))));
    }
    for (String name : model.plus()) {
      names.add(checked(name));
    }
    for (String name : model.minus()) {
      names.remove(checked(name));
    }
    if (vcpus > 1) {
      names.add("ht");
    }
    names.removeIf(implemented.negate());
    for (String name : names) {
      words[BITS.get(name) >> 5] |= 1 << BITS.get(name);
    }
  }

  private static void row(int word, int firstBit, String features) {
    int bit = firstBit;
    for (String name : features.split(" ")) {
      if (!name.equals("-")) {
        BITS.put(name, word << 5 | bit);
      }
      bit++;
    }
  }

  private static String checked(String name) {
    String linux =
        switch (name) {
          case "sse3" -> "pni";
          case "sse4.1" -> "sse4_1";
          case "sse4.2" -> "sse4_2";
          case "lzcnt" -> "abm";
          case "tsc-deadline" -> "tsc_deadline_timer";
          default -> name.replace('-', '_');
        };
    if (!BITS.containsKey(linux)) {
      throw new ConfigException("-cpu: soft has no feature '" + name + "'");
    }
    return linux;
  }

  /** Bits of the widest linear address. */
  public int linearBits() {
    return has("la57") ? 57 : 48;
  }

  /** Whether a feature is on, by its Linux name. */
  public boolean has(String feature) {
    return names.contains(feature);
  }

  /**
   * Answers CPUID.
   *
   * @param out EAX, EBX, ECX, EDX
   */
  public void query(Cpu c, int leaf, int subleaf, int[] out) {
    java.util.Arrays.fill(out, 0);
    int effective = leaf;
    if (leaf >= 0 && leaf > 0x16 && leaf < 0x40000000) {
      effective = 0x16;
    }
    switch (effective) {
      case 0 -> set(out, 0x16, word(VENDOR, 0), word(VENDOR, 8), word(VENDOR, 4));
      case 1 -> version(c, out);
      case 2 -> set(out, 0x00feff01, 0, 0, 0);
      case 4 -> caches(subleaf, out);
      case 6 -> set(out, 4, 0, 0, 0);
      case 7 -> extendedFeatures(subleaf, out);
      case 0xb -> topology(c, subleaf, out);
      case 0xd -> xsave(c, subleaf, out);
      case 0x15 -> set(out, 1, 1, TSC_HZ, 0);
      case 0x16 -> set(out, TSC_HZ / 1_000_000, TSC_HZ / 1_000_000, 100, 0);
      default -> extended(leaf, out);
    }
  }

  private static void set(int[] out, int eax, int ebx, int ecx, int edx) {
    out[0] = eax;
    out[1] = ebx;
    out[2] = ecx;
    out[3] = edx;
  }

  private static int word(String text, int at) {
    int value = 0;
    for (int i = 3; i >= 0; i--) {
      value = value << 8 | (at + i < text.length() ? text.charAt(at + i) : 0);
    }
    return value;
  }

  private void version(Cpu c, int[] out) {
    int ecx = words[L1_ECX];
    if ((c.cr4 & Cpu.CR4_OSXSAVE) != 0) {
      ecx |= 1 << 27;
    }
    int edx = words[L1_EDX];
    if ((c.msrs.apicBase & 1 << 11) == 0) {
      edx &= ~(1 << 9);
    }
    // Family 6, model 0x3c, stepping 3; CLFLUSH line 64 bytes.
    set(out, 0x000306c3, c.id << 24 | Math.min(vcpus, 255) << 16 | 8 << 8, ecx, edx);
  }

  private void caches(int subleaf, int[] out) {
    int cores = Integer.highestOneBit(Math.max(1, 2 * vcpus - 1)) - 1;
    switch (subleaf) {
      case 0 -> set(out, 0x121 | cores << 26, 7 << 22 | 63, 63, 1);
      case 1 -> set(out, 0x122 | cores << 26, 7 << 22 | 63, 63, 1);
      case 2 -> set(out, 0x143 | cores << 26, 15 << 22 | 63, 4095, 1);
      default -> {}
    }
  }

  private void extendedFeatures(int subleaf, int[] out) {
    switch (subleaf) {
      case 0 -> {
        int last = words[L7_2_EDX] != 0 ? 2 : words[L7_1_EAX] != 0 ? 1 : 0;
        set(out, last, words[L7_EBX], words[L7_ECX], words[L7_EDX]);
      }
      case 1 -> set(out, words[L7_1_EAX], 0, 0, 0);
      case 2 -> set(out, 0, 0, 0, words[L7_2_EDX]);
      default -> {}
    }
  }

  private void topology(Cpu c, int subleaf, int[] out) {
    int shift = 32 - Integer.numberOfLeadingZeros(vcpus - 1);
    switch (subleaf) {
      case 0 -> set(out, 0, 1, 0x100, c.id);
      case 1 -> set(out, shift, vcpus, 0x201, c.id);
      default -> set(out, 0, 0, subleaf, c.id);
    }
  }

  private void xsave(Cpu c, int subleaf, int[] out) {
    if (!has("xsave")) {
      return;
    }
    if (subleaf == 0) {
      set(out, 3, 576, 576, 0);
    } else if (subleaf == 1) {
      set(out, words[L13_EAX], 576, 0, 0);
    }
  }

  private void extended(int leaf, int[] out) {
    switch (leaf) {
      case 0x80000000 -> set(out, 0x80000008, 0, 0, 0);
      case 0x80000001 -> set(out, 0, 0, words[X1_ECX], words[X1_EDX]);
      case 0x80000002, 0x80000003, 0x80000004 -> {
        int at = (leaf & 0xf) * 16 - 32;
        set(out, word(brand, at), word(brand, at + 4), word(brand, at + 8), word(brand, at + 12));
      }
      case 0x80000006 -> set(out, 0, 0, 0x04008040, 0);
      case 0x80000007 -> set(out, 0, 0, 0, 1 << 8);
      case 0x80000008 -> set(out, PhysicalMemory.ADDRESS_BITS | linearBits() << 8, 0, 0, 0);
      default -> {}
    }
  }
}
