package org.jvmm.kvm.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KvmAbiTest {
  /** The type of a request's argument, where the request says its size. */
  private static final Map<String, Integer> ARGUMENTS = new TreeMap<>();

  static {
    ARGUMENTS.put("KVM_GET_MSR_INDEX_LIST", KvmStructs.kvm_msr_list.sizeof);
    ARGUMENTS.put("KVM_GET_SUPPORTED_CPUID", KvmStructs.kvm_cpuid2.sizeof);
    ARGUMENTS.put("KVM_SET_IDENTITY_MAP_ADDR", 8);
    ARGUMENTS.put("KVM_REGISTER_COALESCED_MMIO", KvmStructs.kvm_coalesced_mmio_zone.sizeof);
    ARGUMENTS.put("KVM_UNREGISTER_COALESCED_MMIO", KvmStructs.kvm_coalesced_mmio_zone.sizeof);
    ARGUMENTS.put("KVM_SET_USER_MEMORY_REGION", KvmStructs.kvm_userspace_memory_region.sizeof);
    ARGUMENTS.put("KVM_GET_DIRTY_LOG", KvmStructs.kvm_dirty_log.sizeof);
    ARGUMENTS.put("KVM_CLEAR_DIRTY_LOG", KvmStructs.kvm_clear_dirty_log.sizeof);
    ARGUMENTS.put("KVM_IRQ_LINE", KvmStructs.kvm_irq_level.sizeof);
    ARGUMENTS.put("KVM_GET_IRQCHIP", KvmStructs.kvm_irqchip.sizeof);
    ARGUMENTS.put("KVM_SET_IRQCHIP", KvmStructs.kvm_irqchip.sizeof);
    ARGUMENTS.put("KVM_SET_GSI_ROUTING", KvmStructs.kvm_irq_routing.sizeof);
    ARGUMENTS.put("KVM_IRQFD", KvmStructs.kvm_irqfd.sizeof);
    ARGUMENTS.put("KVM_CREATE_PIT2", KvmStructs.kvm_pit_config.sizeof);
    ARGUMENTS.put("KVM_IOEVENTFD", KvmStructs.kvm_ioeventfd.sizeof);
    ARGUMENTS.put("KVM_SET_CLOCK", KvmStructs.kvm_clock_data.sizeof);
    ARGUMENTS.put("KVM_GET_CLOCK", KvmStructs.kvm_clock_data.sizeof);
    ARGUMENTS.put("KVM_GET_PIT2", KvmStructs.kvm_pit_state2.sizeof);
    ARGUMENTS.put("KVM_SET_PIT2", KvmStructs.kvm_pit_state2.sizeof);
    ARGUMENTS.put("KVM_SIGNAL_MSI", KvmStructs.kvm_msi.sizeof);
    ARGUMENTS.put("KVM_GET_REGS", KvmStructs.kvm_regs.sizeof);
    ARGUMENTS.put("KVM_SET_REGS", KvmStructs.kvm_regs.sizeof);
    ARGUMENTS.put("KVM_GET_SREGS", KvmStructs.kvm_sregs.sizeof);
    ARGUMENTS.put("KVM_SET_SREGS", KvmStructs.kvm_sregs.sizeof);
    ARGUMENTS.put("KVM_GET_SREGS2", KvmStructs.kvm_sregs2.sizeof);
    ARGUMENTS.put("KVM_SET_SREGS2", KvmStructs.kvm_sregs2.sizeof);
    ARGUMENTS.put("KVM_TRANSLATE", KvmStructs.kvm_translation.sizeof);
    ARGUMENTS.put("KVM_INTERRUPT", KvmStructs.kvm_interrupt.sizeof);
    ARGUMENTS.put("KVM_GET_MSRS", KvmStructs.kvm_msrs.sizeof);
    ARGUMENTS.put("KVM_SET_MSRS", KvmStructs.kvm_msrs.sizeof);
    ARGUMENTS.put("KVM_SET_SIGNAL_MASK", KvmStructs.kvm_signal_mask.sizeof);
    ARGUMENTS.put("KVM_GET_LAPIC", KvmStructs.kvm_lapic_state.sizeof);
    ARGUMENTS.put("KVM_SET_LAPIC", KvmStructs.kvm_lapic_state.sizeof);
    ARGUMENTS.put("KVM_SET_CPUID2", KvmStructs.kvm_cpuid2.sizeof);
    ARGUMENTS.put("KVM_GET_MP_STATE", KvmStructs.kvm_mp_state.sizeof);
    ARGUMENTS.put("KVM_SET_MP_STATE", KvmStructs.kvm_mp_state.sizeof);
    ARGUMENTS.put("KVM_SET_GUEST_DEBUG", KvmStructs.kvm_guest_debug.sizeof);
    ARGUMENTS.put("KVM_GET_VCPU_EVENTS", KvmStructs.kvm_vcpu_events.sizeof);
    ARGUMENTS.put("KVM_SET_VCPU_EVENTS", KvmStructs.kvm_vcpu_events.sizeof);
    ARGUMENTS.put("KVM_GET_DEBUGREGS", KvmStructs.kvm_debugregs.sizeof);
    ARGUMENTS.put("KVM_SET_DEBUGREGS", KvmStructs.kvm_debugregs.sizeof);
    ARGUMENTS.put("KVM_ENABLE_CAP", KvmStructs.kvm_enable_cap.sizeof);
    ARGUMENTS.put("KVM_GET_XSAVE", KvmStructs.kvm_xsave.sizeof);
    ARGUMENTS.put("KVM_SET_XSAVE", KvmStructs.kvm_xsave.sizeof);
    ARGUMENTS.put("KVM_GET_XSAVE2", KvmStructs.kvm_xsave.sizeof);
    ARGUMENTS.put("KVM_GET_XCRS", KvmStructs.kvm_xcrs.sizeof);
    ARGUMENTS.put("KVM_SET_XCRS", KvmStructs.kvm_xcrs.sizeof);
  }

  /** _IOC_SIZE: bits 29:16 of a request. */
  @Test
  void eachRequestCarriesTheSizeOfItsStruct() throws IllegalAccessException {
    for (Field field : KvmAbi.class.getFields()) {
      if (field.getType() == long.class) {
        long request = field.getLong(null);
        assertEquals(0xae, request >> 8 & 0xff, field.getName());
        assertEquals(
            ARGUMENTS.getOrDefault(field.getName(), 0),
            (int) (request >> 16 & 0x3fff),
            field.getName());
      }
    }
  }

  @Test
  void fieldsLieInsideTheirStructs() throws IllegalAccessException {
    for (Class<?> struct : KvmStructs.class.getClasses()) {
      int size = sizeOf(struct);
      for (Field field : struct.getFields()) {
        int offset = field.getInt(null);
        assertTrue(
            offset >= 0 && (offset < size || isFlexible(struct, field)),
            () -> struct.getSimpleName() + "." + field.getName());
      }
    }
  }

  private static int sizeOf(Class<?> struct) throws IllegalAccessException {
    try {
      return struct.getField("sizeof").getInt(null);
    } catch (NoSuchFieldException e) {
      throw new AssertionError(struct + " has no sizeof", e);
    }
  }

  /** A flexible array member begins where the struct ends. */
  private static boolean isFlexible(Class<?> struct, Field field) {
    return field.getName().equals("sizeof")
        || field.getName().matches("entries|indices|sigset|coalesced_mmio");
  }

  @Test
  void numbersAreThoseOfThisHostsHeaders(@TempDir Path directory)
      throws IOException, InterruptedException, IllegalAccessException {
    assumeTrue(Files.exists(Path.of("/usr/bin/cc")), "no C compiler on this host");
    assumeTrue(headersVersion() >= 0x6_01_00, "no kernel headers of Linux 6.1 or later here");
    Map<String, Long> ours = expressions();
    StringBuilder source = new StringBuilder();
    source.append(
        "#include <stdio.h>\n#include <stddef.h>\n#include <linux/kvm.h>\nint main() {\n");
    ours.keySet().forEach(e -> source.append("printf(\"%%ld\\n\", (long) (%s));\n".formatted(e)));
    Path file = directory.resolve("abi.c");
    Files.writeString(file, source.append("}\n"));
    Path program = directory.resolve("abi");
    String errors = run("cc", "-o", program.toString(), file.toString());
    assertTrue(Files.exists(program), errors);
    String[] theirs = run(program.toString()).split("\n");
    int i = 0;
    for (Map.Entry<String, Long> entry : ours.entrySet()) {
      assertEquals(entry.getValue(), Long.parseLong(theirs[i++]), entry.getKey());
    }
  }

  /** LINUX_VERSION_CODE: major, minor, patch as bytes; 0 without headers. */
  private static int headersVersion() throws IOException {
    Path file = Path.of("/usr/include/linux/version.h");
    if (!Files.exists(file)) {
      return 0;
    }
    return Files.readAllLines(file).stream()
        .filter(line -> line.startsWith("#define LINUX_VERSION_CODE"))
        .mapToInt(line -> Integer.parseInt(line.split(" +")[2]))
        .findFirst()
        .orElse(0);
  }

  private static Map<String, Long> expressions() throws IllegalAccessException {
    Map<String, Long> all = new LinkedHashMap<>();
    for (Field field : KvmAbi.class.getFields()) {
      all.put(field.getName(), ((Number) field.get(null)).longValue());
    }
    for (KvmCap cap : KvmCap.values()) {
      all.put(cap.name(), (long) cap.number());
    }
    for (Class<?> struct : KvmStructs.class.getClasses()) {
      String name = "struct " + struct.getSimpleName();
      for (Field field : struct.getFields()) {
        String expression =
            field.getName().equals("sizeof")
                ? "sizeof(%s)".formatted(name)
                : "offsetof(%s, %s)".formatted(name, member(field.getName()));
        all.put(expression, (long) field.getInt(null));
      }
    }
    return all;
  }

  /** The C member of a field: dots where an inner struct's name ends. */
  private static String member(String field) {
    return field
        .replaceFirst(
            "^(hw|fail_entry|ex|io|mmio|internal|emulation_failure|system_event|eoi|msr|notify|s"
                + "|arch|exception|interrupt|nmi|smi|triple_fault)_(?!bitmap|has_p"
                + "|payload)",
            "$1.")
        .replaceFirst("^debug_arch_", "debug.arch.")
        .replaceFirst("^u_(irqchip|msi)_", "u.$1.");
  }

  private static String run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return output;
  }
}
