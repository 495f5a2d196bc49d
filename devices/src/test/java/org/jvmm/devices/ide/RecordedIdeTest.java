package org.jvmm.devices.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.devices.pci.ConfigMechanism;
import org.jvmm.devices.pci.MovableWindows;
import org.jvmm.devices.pci.PciBus;
import org.jvmm.devices.reset.ResetControl;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.RecordingIrqLine;

/**
 * Replays what QEMU's own IDE test asked QEMU 7.2, and compares the answers. What may differ is
 * listed in {@link #expected}, each with its reason.
 */
final class RecordedIdeTest {
  private static final int RAM = 4 << 20;

  /** One access and its answer. */
  private record Step(String asked, String answer, List<String> irqs) {}

  /** A machine of the recording. */
  private static final class Session {
    final String drives;
    final List<Step> steps = new ArrayList<>();

    Session(String drives) {
      this.drives = drives;
    }
  }

  /** Our machine. */
  private static final class Board {
    final PortBus ports = new PortBus();
    final MmioBus mmio = new MmioBus();
    final MemoryMap map = new MemoryMap();
    final RecordingIrqLine irq14 = new RecordingIrqLine();
    final List<HeapDisk> media = new ArrayList<>();

    Board(Session session) {
      String drives = session.drives;
      map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
      IdeChannel primary = new IdeChannel(irq14, map.memory(), device0(session), device1(drives));
      IdeChannel secondary = new IdeChannel(IrqLine.UNCONNECTED, map.memory(), null, null);
      attach(primary, 0x1f0, 0x3f6);
      attach(secondary, 0x170, 0x376);
      PciBus bus =
          new PciBus(
              new MovableWindows(ports, mmio, map),
              (slot, pin) -> IrqLine.UNCONNECTED,
              (a, d) -> {});
      new Piix3Ide(bus, 1, 1, primary, secondary);
      ports.attach("pci", 0xcf8, ConfigMechanism.PORTS, 4, mechanism(bus));
    }

    private static ConfigMechanism mechanism(PciBus bus) {
      return new ConfigMechanism(bus, new ResetControl(() -> {}, () -> {}));
    }

    private void attach(IdeChannel channel, int command, int control) {
      ports.attach("ide", command, IdeChannel.PORTS, 4, channel);
      ports.attach("ide", control, IdeChannel.CONTROL_PORTS, 1, channel.controlPort());
    }

    private Drive device0(Session session) {
      String drives = session.drives;
      if (drives.contains("ide-cd")) {
        return IdeRig.cd(drives.contains("drive=sr0") ? medium(disc(session)) : null);
      }
      return drives.contains("file=") ? IdeRig.disk(medium(new HeapDisk(64 << 20))) : null;
    }

    private Drive device1(String drives) {
      return drives.contains("drive=hdb") ? IdeRig.disk(medium(new HeapDisk(64 << 20))) : null;
    }

    private HeapDisk medium(HeapDisk disk) {
      media.add(disk);
      return disk;
    }

    /** A disc with the content that the recording reads, from block 0 on. */
    private static HeapDisk disc(Session session) {
      HeapDisk disc = new HeapDisk(1 << 20);
      int at = 0;
      for (Step step : session.steps) {
        if (step.asked.equals("inw 0x1f0")) {
          int word = Integer.decode(step.answer);
          disc.bytes()[at++] = (byte) word;
          disc.bytes()[at++] = (byte) (word >> 8);
        } else if (step.asked.startsWith("read ")) {
          byte[] block = HexFormat.of().parseHex(step.answer.substring(2));
          System.arraycopy(block, 0, disc.bytes(), at, block.length);
        }
      }
      return disc;
    }

    void hostCompletes() {
      media.forEach(HeapDisk::completeAll);
    }
  }

  @Test
  void theBoardAnswersAsRecorded() throws IOException {
    String folder = System.getProperty("jvmm.vectors");
    assumeTrue(folder != null, "needs -Djvmm.vectors=DIR with the recorded accesses");
    Map<String, Integer> differences = new TreeMap<>();
    int compared = 0;
    for (Session session : sessions(Path.of(folder, "qtest", "ide-test.log.gz"))) {
      if (!session.drives.contains("werror=stop")) { // needs the host to fail on request
        compared += replay(session, differences);
      }
    }
    assertEquals(Map.of(), differences);
    assertTrue(compared > 58_000, "compared " + compared);
  }

  private static int replay(Session session, Map<String, Integer> differences) {
    Board board = new Board(session);
    int compared = 0;
    String command = "";
    int word = 0;
    int raised = 0;
    for (int i = 0; i < session.steps.size(); i++) {
      Step step = session.steps.get(i);
      raised += (int) step.irqs.stream().filter("IRQ raise 14"::equals).count();
      if (!busy(step) && (i + 1 == session.steps.size() || !busy(session.steps.get(i + 1)))) {
        board.hostCompletes();
      }
      String answer = perform(board, step.asked);
      if (!step.irqs.isEmpty()) {
        board.hostCompletes();
      }
      if (step.asked.startsWith("irq_intercept_in")) {
        board.irq14.forget();
      } else if (step.asked.startsWith("outb 0x1f7")) {
        command = step.asked;
        word = 0;
      }
      String expected = expected(command, step, word);
      if (answer != null) {
        compared++;
        word += step.asked.startsWith("inw 0x1f0") ? 1 : 0;
        if (!answer.equals(expected)) {
          String difference = step.asked + " after " + command + ": " + expected + ", " + answer;
          differences.merge(difference, 1, Integer::sum);
        }
      }
    }
    if (raised > 0) { // else the recording did not watch the line
      assertEquals(raised, board.irq14.rises(), "interrupts with " + session.drives);
    }
    board.map.close();
    return compared;
  }

  /** QEMU's host had not finished when this was answered. */
  private static boolean busy(Step step) {
    boolean master = step.asked.matches("inb 0x[cd]..2") && step.answer.equals("0x0001");
    return master || step.asked.equals("inb 0x1f7") && step.answer.equals("0x00c0");
  }

  /** What we must answer: what QEMU did, but for the words that name the drive's model. */
  private static String expected(String command, Step step, int word) {
    boolean identify = command.equals("outb 0x1f7 0xec") && step.asked.equals("inw 0x1f0");
    if (identify && word >= 27 && word <= 46) {
      String model = "%-40s".formatted(DriveIdentity.DISK_MODEL);
      int at = 2 * (word - 27);
      return "0x%04x".formatted(model.charAt(at) << 8 | model.charAt(at + 1));
    }
    return step.answer;
  }

  private static String perform(Board board, String asked) {
    String[] words = asked.split(" ");
    long address = words.length > 1 && words[1].startsWith("0x") ? Long.decode(words[1]) : 0;
    return switch (words[0]) {
      case "inb", "inw", "inl" -> {
        if (!modelled(address)) {
          yield null;
        }
        int size = size(words[0]);
        yield "0x%04x".formatted(board.ports.read((int) address, size) & (size == 4 ? -1 : 0xffff));
      }
      case "outb", "outw", "outl" -> {
        board.ports.write((int) address, size(words[0]), Long.decode(words[2]).intValue());
        yield null;
      }
      case "write" -> {
        board.map.memory().copyIn(address, HexFormat.of().parseHex(words[3].substring(2)));
        yield null;
      }
      case "read" -> {
        byte[] bytes = new byte[Integer.decode(words[2])];
        board.map.memory().copyOut(address, bytes, 0, bytes.length);
        yield "0x" + HexFormat.of().formatHex(bytes);
      }
      default -> null; // endianness, clock_set, irq_intercept_in
    };
  }

  /**
   * Not the firmware configuration device, nor the DMA controller that the test reads for delay.
   */
  private static boolean modelled(long port) {
    return port >= 0x170 && (port < 0x510 || port > 0x511);
  }

  private static int size(String instruction) {
    return switch (instruction.charAt(instruction.length() - 1)) {
      case 'b' -> 1;
      case 'w' -> 2;
      default -> 4;
    };
  }

  private static List<Session> sessions(Path log) throws IOException {
    List<Session> sessions = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(log)), StandardCharsets.US_ASCII))) {
      String asked = null;
      List<String> irqs = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("# starting QEMU")) {
          sessions.add(new Session(line.substring(line.indexOf("-machine"))));
        } else if (line.startsWith("[R ") && line.contains("] ") || line.startsWith(" ")) {
          asked = line.substring(line.indexOf("] ") + 2).trim(); // the monitor's words split one
        } else if (line.startsWith("[S ") && line.contains("] IRQ")) {
          irqs.add(line.substring(line.indexOf("] ") + 2));
        } else if (line.startsWith("[S ") && asked != null) {
          String answer = line.substring(line.indexOf("] OK") + 4).trim();
          sessions.get(sessions.size() - 1).steps.add(new Step(asked, answer, List.copyOf(irqs)));
          asked = null;
          irqs.clear();
        }
      }
    }
    return sessions;
  }
}
