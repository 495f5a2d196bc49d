package org.jvmm.softcpu.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.jvmm.core.accel.CpuModel;
import org.jvmm.core.accel.CpuState;
import org.jvmm.core.accel.CpuState.Part;
import org.jvmm.core.accel.ExitReason;
import org.jvmm.core.accel.IrqchipMode;
import org.jvmm.core.accel.VcpuExit;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.accel.VmConfig;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.time.HostClock;
import org.jvmm.softcpu.SoftAccelerator;
import org.jvmm.softcpu.SoftVcpu;
import org.jvmm.softcpu.fault.GuestFault;

/**
 * Real-mode instructions as a real 80286 executed them: the SingleStepTests recordings in the
 * folder {@code sst286} of {@code -Djvmm.vectors}.
 */
class RealModeVectorsTest {
  private static final int RAM = 2 << 20;
  private static final int LIMIT = 2_000;
  private static final int DEFINED_FLAGS = 0xfff;
  private static final String[] GPR = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds"};
  private static final Set<Part> PARTS = Set.of(Part.GENERAL, Part.SYSTEM, Part.EVENTS);

  /** Names of cases that use the stack, or are string instructions. */
  private static final String STACK_OR_STRING =
      ".*(\\[bp|ss:|movs|cmps|scas|lods|stos|ins[bw]|outs).*"
          + "|(push|pop|leave|enter|call|ret|int).*";

  private final Map<String, Integer> counts = new TreeMap<>();
  private final CpuState powerOn = new CpuState();
  private final CpuState state = new CpuState();
  private GuestMemory memory;
  private SoftVcpu vcpu;

  @Test
  void everyRecordedCaseEndsAsItDidOnTheRealProcessor() throws IOException {
    String folder = System.getProperty("jvmm.vectors");
    assumeTrue(folder != null, "-Djvmm.vectors=DIR does not name the recorded vectors");
    Path vectors = Path.of(folder, "sst286");
    assumeTrue(Files.isDirectory(vectors), () -> vectors + " is not there");
    Map<String, String> failures = new TreeMap<>();
    try (HostClock clock = new HostClock();
        MemoryMap map = new MemoryMap()) {
      map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
      VirtualMachine vm =
          new SoftAccelerator()
              .createVm(new VmConfig(1, CpuModel.HOST, IrqchipMode.USER, map, clock, Map.of()));
      memory = map.memory();
      vcpu = (SoftVcpu) vm.createVcpu(0);
      vcpu.save(powerOn, PARTS);
      runAll(vectors, failures);
      vm.close();
    }
    System.out.println("cases by how a later processor executes them: " + counts);
    assertEquals(Map.of(), failures, () -> String.join("\n", failures.values()));
  }

  private void runAll(Path vectors, Map<String, String> failures) throws IOException {
    Map<String, Object> metadata =
        Json.object(Files.readString(vectors.resolve("metadata.json")).replace("null", "0"));
    try (Stream<Path> files = Files.list(vectors)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".gz")).sorted().toList()) {
        String form = file.getFileName().toString().replace(".jsonl.gz", "");
        run(file, form, mask(metadata, form), failures);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> object, String key) {
    return (Map<String, Object>) object.getOrDefault(key, Map.of());
  }

  /** The flags of a form that are defined. */
  private static int mask(Map<String, Object> metadata, String form) {
    String[] parts = form.split("\\.");
    Map<String, Object> opcode = child(child(metadata, "opcodes"), parts[0]);
    if (parts.length > 1 && opcode.containsKey("reg")) {
      opcode = child(child(opcode, "reg"), parts[1]);
    }
    return ((Long) opcode.getOrDefault("flags-mask", 0xffffL)).intValue() & DEFINED_FLAGS;
  }

  private void run(Path file, String form, int mask, Map<String, String> failures)
      throws IOException {
    int cases = 0;
    int failed = 0;
    String first = "";
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Map<String, Object> recorded = Json.object(line);
        String why = laterProcessors(form, recorded);
        counts.merge(why.isEmpty() ? "as recorded" : why, 1, Integer::sum);
        if (!why.isEmpty()) {
          continue;
        }
        cases++;
        String difference = difference(recorded, mask);
        if (!difference.isEmpty()) {
          first = failed++ == 0 ? recorded.get("name") + ": " + difference : first;
        }
      }
    }
    if (failed > 0) {
      failures.put(form, "%s: %d of %d, first %s".formatted(form, failed, cases, first));
    }
  }

  /**
   * Why a later processor executes a case in another way; "" if it does not. It has no limit of 10
   * bytes, has FS and GS, raises #UD for most uses of LOCK, executes the alias of TEST; and an
   * access over the end of a segment is #SS on the stack, and leaves the registers of string
   * instructions alone.
   */
  private static String laterProcessors(String form, Map<String, Object> recorded) {
    String name = (String) recorded.get("name");
    int hlt = 1;
    if (name.contains("lock")) {
      return "LOCK";
    } else if (form.equals("F6.1") || form.equals("F7.1")) {
      return "alias of TEST";
    } else if (((List<?>) recorded.get("bytes")).size() - hlt > 10) {
      return "more than 10 bytes";
    } else if (exception(recorded) == GuestFault.UD && name.matches("mov .*[fg]s.*")) {
      return "FS and GS";
    } else if (exception(recorded) == GuestFault.GP && name.matches(STACK_OR_STRING)) {
      return "the end of a segment";
    }
    return "";
  }

  private static int exception(Map<String, Object> recorded) {
    return ((Long) child(recorded, "exception").getOrDefault("number", -1L)).intValue();
  }

  private String difference(Map<String, Object> recorded, int mask) {
    Map<String, Object> initial = child(recorded, "initial");
    Map<String, Object> wanted = child(recorded, "final");
    load(initial);
    if (!runToHalt()) {
      return "does not halt";
    }
    vcpu.save(state, PARTS);
    Map<String, Object> regs = new java.util.HashMap<>(child(initial, "regs"));
    regs.putAll(child(wanted, "regs"));
    long frame = -8;
    if (exception(recorded) >= 0) {
      long sp = (Long) regs.get("sp");
      frame = ((Long) regs.get("ss") << 4) + (sp + 4 & 0xffff);
    }
    return compare(regs, wanted, mask, frame);
  }

  private String compare(
      Map<String, Object> regs, Map<String, Object> wanted, int mask, long flagAddress) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GPR.length; i++) {
      note(text, GPR[i], (Long) regs.get(GPR[i]), state.gpr[i] & 0xffff);
    }
    for (int i = 0; i < SEGMENTS.length; i++) {
      note(text, SEGMENTS[i], (Long) regs.get(SEGMENTS[i]), state.segments[i].selector);
    }
    note(text, "ip", (Long) regs.get("ip"), state.rip & 0xffff);
    note(text, "flags", (Long) regs.get("flags") & mask, state.rflags & mask);
    for (List<Long> cell : cells(wanted)) {
      long address = cell.get(0);
      int byteMask = address == flagAddress ? mask : address == flagAddress + 1 ? mask >> 8 : 0xff;
      note(
          text,
          "[%x]".formatted(address),
          cell.get(1) & byteMask,
          memory.read8(address) & byteMask);
    }
    return text.toString();
  }

  private static void note(StringBuilder text, String what, long wanted, long found) {
    if (wanted != found) {
      text.append("%s %x not %x; ".formatted(what, found, wanted));
    }
  }

  @SuppressWarnings("unchecked")
  private static List<List<Long>> cells(Map<String, Object> state) {
    return (List<List<Long>>) state.getOrDefault("ram", List.of());
  }

  private void load(Map<String, Object> initial) {
    Map<String, Object> regs = child(initial, "regs");
    for (List<Long> cell : cells(initial)) {
      memory.write8(cell.get(0), cell.get(1).intValue());
    }
    vcpu.save(state, PARTS);
    for (int i = 0; i < GPR.length; i++) {
      state.gpr[i] = (Long) regs.get(GPR[i]);
    }
    for (int i = 0; i < SEGMENTS.length; i++) {
      long selector = (Long) regs.get(SEGMENTS[i]);
      state.segments[i].set(powerOn.segments[i]);
      state.segments[i].selector = (int) selector;
      state.segments[i].base = selector << 4;
    }
    state.rip = (Long) regs.get("ip");
    state.rflags = (Long) regs.get("flags") & DEFINED_FLAGS | 2;
    state.cr0 = powerOn.cr0;
    state.idtBase = 0;
    state.idtLimit = 0x3ff;
    state.activity = CpuState.Activity.RUNNING;
    vcpu.restore(state, PARTS);
  }

  private boolean runToHalt() {
    vcpu.stopAt(vcpu.instructions() + LIMIT);
    while (true) {
      VcpuExit exit = vcpu.run();
      if (exit.reason() == ExitReason.HALTED) {
        return true;
      }
      if (exit.reason() == ExitReason.SHUTDOWN || exit.reason() == ExitReason.INTERRUPTED) {
        return false;
      }
      for (int k = 0; exit.reason() == ExitReason.IO_IN && k < exit.count(); k++) {
        exit.reply(k, -1);
      }
    }
  }
}
