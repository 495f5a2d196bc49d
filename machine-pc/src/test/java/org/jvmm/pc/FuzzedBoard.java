package org.jvmm.pc;

import java.nio.ByteBuffer;
import java.time.LocalDateTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jvmm.core.accel.VirtualMachine;
import org.jvmm.core.backend.BlockError;
import org.jvmm.core.backend.CharBackend;
import org.jvmm.core.backend.CharFrontend;
import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.backend.NetBackend;
import org.jvmm.core.backend.NetFrontend;
import org.jvmm.core.bus.MmioBus;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.bus.PortItems;
import org.jvmm.core.irq.LocalApic;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.core.run.Buses;
import org.jvmm.core.run.Machine;
import org.jvmm.core.stats.ExitStats;
import org.jvmm.core.time.HostClock;
import org.jvmm.devices.drive.ErrorPolicy;
import org.jvmm.devices.drive.RemovableDrive;
import org.jvmm.pc.boot.PcMemoryLayout;
import org.jvmm.testkit.HeapDisk;
import org.jvmm.testkit.ManualClock;

/**
 * The board as it is built for a guest, without a CPU. A script of bytes says what a hostile guest
 * and its host do: every script is one, so that random bytes and a guided fuzzer drive it alike.
 */
final class FuzzedBoard implements AutoCloseable {
  private static final int RAM = 16 << 20;
  private static final int DISK = 1 << 17, FLOPPY = 1440 << 10;
  private static final int HISTORY = 24;
  private static final int CONFIG_ADDRESS = IsaPort.PCI_CONFIG, CONFIG_DATA = CONFIG_ADDRESS + 4;
  private static final int FW_CFG_DMA = IsaPort.FW_CFG + 4;

  /** Where the guest has its descriptors, for what masters the bus. */
  private static final int SCRATCH = 0x8000;

  private static final long[] MMIO = {
    PcMemoryLayout.IO_APIC,
    PcMemoryLayout.IO_APIC,
    PcMemoryLayout.LOCAL_APIC,
    PcMemoryLayout.LOCAL_APIC,
    0xc0000, // shadow memory
    0xff00_0000L, // pc-testdev
    0xe000_0000L, // where the script's base addresses tend to be
  };

  private static final int[] SIZES = {1, 2, 4, 1};

  /**
   * READ/WRITE with and without DMA, multiple, EXT, IDENTIFY, FLUSH, PACKET, SMART, SET FEATURES.
   */
  private static final int[] ATA = {
    0x20, 0x30, 0xc4, 0xc5, 0xc8, 0xca, 0x24, 0x34, 0x25, 0x35, 0x29, 0x39, 0xec, 0xa1, 0xe7, 0xea,
    0xa0, 0xb0, 0xef, 0xc6, 0x08, 0x90, 0x91, 0x40, 0x42, 0x70, 0xe0, 0xe5, 0x06, 0x27, 0xf8, 0xda
  };

  /** Reads, writes, formats, verifies and the small ones, of all tracks, in MFM. */
  private static final int[] FLOPPY_COMMANDS = {
    0x46, 0xe6, 0x45, 0xc5, 0x4d, 0x56, 0x42, 0x4a, 0x07, 0x0f, 0x08, 0x03, 0x13, 0x04, 0x51, 0x4c
  };

  private static final String[] REMOVABLE = {"ide1-cd0", "ide1-cd1", "floppy0", "floppy1"};

  /** One thing done, formatted only for the report of a failure. */
  private record Step(String kind, long at, int size, long value) {
    @Override
    public String toString() {
      return "%s %#x/%d=%#x".formatted(kind, at, size, value);
    }
  }

  private final Buses buses;
  private final MemoryMap memory = new MemoryMap();
  private final ManualClock clock = new ManualClock();
  private final HostClock hostClock = new HostClock();
  private final Machine machine;
  private final PcBoard board;
  private final PcMemoryLayout layout = new PcMemoryLayout(RAM);
  private final List<HeapDisk> disks = new ArrayList<>();

  /** Media that are in no drive at first: two floppies, two discs. */
  private final List<HeapDisk> spare = new ArrayList<>();

  private final Line line = new Line();
  private final Cable cable = new Cable();
  private final Deque<Step> history = new ArrayDeque<>();
  private final Set<String> touched = new TreeSet<>();
  private final Items items = new Items();
  private ByteBuffer script;

  /** Ports that somebody decodes; null when base registers may have moved. */
  private int[] ports;

  FuzzedBoard() {
    PcConfig config =
        PcConfig.builder(RAM)
            .vcpus(2)
            .boot(new PcConfig.Boot(null, null, ""))
            .rtc(LocalDateTime.of(2000, 2, 28, 23, 59, 50))
            .debugcon(IsaPort.BIOS_DEBUG)
            .debugExit(PcConfig.DebugExit.USUAL)
            .testDevices(new PcConfig.TestDevices(true, List.of(0L, 65536L)))
            .build();
    VirtualMachine vm = new IdleVm();
    MainMemory ram = new MainMemory(memory, layout, RamAllocator.HEAP.allocate("ram", RAM));
    Interrupts interrupts = new Interrupts();
    buses = new Buses(new PortBus(), new MmioBus(), interrupts);
    machine = new Machine(vm, hostClock, buses, new ExitStats(false), (vcpu, exit) -> "");
    for (int id = 0; id < config.vcpus(); id++) {
      machine.addVcpu(id);
    }
    interrupts.wire(vm, machine.vcpus(), buses, clock);
    board = new PcBoard(machine, buses, memory, ram, interrupts, clock);
    for (int size : new int[] {FLOPPY, FLOPPY / 2, DISK, 2 * DISK}) {
      spare.add(disk(size));
    }
    HostEnds ends =
        new HostEnds(
            RamAllocator.HEAP,
            List.of(line, new Line()),
            line,
            null,
            drives(),
            floppies(),
            List.of(new NetCard(MacAddress.parse("52:54:00:12:34:56"), cable)),
            notice -> {});
    board.wire(config, layout, ends, memory.memory());
    board.describe(config, layout, memory.memory());
    board.setUp(layout);
  }

  private List<IdeDrive> drives() {
    ErrorPolicy stop = new ErrorPolicy(ErrorPolicy.Action.STOP, ErrorPolicy.Action.STOP);
    return List.of(
        new IdeDrive(0, 0, false, disk(DISK), ErrorPolicy.USUAL, null, "ide0-hd0"),
        new IdeDrive(0, 1, false, disk(DISK), stop, null, "ide0-hd1"),
        new IdeDrive(1, 0, true, disk(DISK), ErrorPolicy.USUAL, null, "ide1-cd0"),
        new IdeDrive(1, 1, true, null, ErrorPolicy.USUAL, null, "ide1-cd1"));
  }

  private List<Floppy> floppies() {
    return List.of(
        new Floppy(0, disk(FLOPPY), ErrorPolicy.USUAL, "floppy0"),
        new Floppy(1, null, ErrorPolicy.USUAL, "floppy1"));
  }

  private HeapDisk disk(int size) {
    HeapDisk disk = new HeapDisk(size);
    disks.add(disk);
    return disk;
  }

  /** Plays a script to its end; a failure tells the last steps. */
  void play(byte[] bytes) {
    script = ByteBuffer.wrap(bytes);
    while (script.hasRemaining()) {
      try {
        step();
        for (HeapDisk disk : disks) {
          disk.forget();
          if (disk.waiting() > 4) {
            throw new AssertionError(disk.waiting() + " requests wait on one disk");
          }
        }
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "at byte %d: %s, after %s".formatted(script.position(), e, history), e);
      }
    }
  }

  /** Names of what was accessed. */
  Set<String> touched() {
    return touched;
  }

  /** Names of what has ports or registers now. */
  Set<String> present() {
    Set<String> names = new TreeSet<>();
    for (int port : decodedPorts()) {
      names.add(owner(port));
    }
    names.addAll(buses.mmio().owners());
    names.remove("unassigned");
    return names;
  }

  /** The host ends what it has been asked for. */
  void completeAll() {
    for (boolean waits = true; waits; ) {
      waits = disks.stream().anyMatch(disk -> disk.waiting() > 0);
      disks.forEach(HeapDisk::completeAll);
    }
  }

  /**
   * What a guest reads: ports byte by byte, configuration spaces, the APICs' registers. But for
   * those that no reset changes: see {@link #keeps}.
   */
  Map<String, String> registers() {
    Map<String, String> found = new TreeMap<>();
    for (int devfn = 0; devfn < 0x40; devfn++) {
      for (int register = 0; register < 0x100; register += 4) {
        buses.ports().write(CONFIG_ADDRESS, 4, 1 << 31 | devfn << 8 | register);
        String name = "pci %02x.%02x".formatted(devfn, register);
        found.put(name, Integer.toHexString(buses.ports().read(CONFIG_DATA, 4)));
      }
    }
    buses.ports().write(CONFIG_ADDRESS, 4, 0);
    for (int port : decodedPorts()) {
      if (!keeps(port)) {
        int kept = port == IsaPort.SYSTEM_CONTROL_B ? ~0x10 : ~0; // refresh toggles with time
        String name = "%s %04x".formatted(owner(port), port);
        found.put(name, Integer.toHexString(buses.ports().read(port, 1) & kept));
      }
    }
    for (int register = 0; register < 0x40; register++) {
      buses.mmio().write(PcMemoryLayout.IO_APIC, 4, register);
      long value = buses.mmio().read(PcMemoryLayout.IO_APIC + 0x10, 4);
      found.put("ioapic %02x".formatted(register), Long.toHexString(value));
    }
    for (int register = 0; register < 0x400; register += 0x10) {
      long value = buses.mmio().read(PcMemoryLayout.LOCAL_APIC + register, 4);
      found.put("lapic %03x".formatted(register), Long.toHexString(value));
    }
    return found;
  }

  /**
   * Time and what a battery keeps; what floppy disks say (write-protected, changed); addresses and
   * counts of the 8237, which its reset does not mention.
   */
  private static boolean keeps(int port) {
    boolean timer = port >= IsaPort.ACPI_PM + 8 && port < IsaPort.ACPI_PM + 12;
    boolean channel = (port & ~0x7) == IsaPort.DMA_BYTES || (port & ~0xf) == IsaPort.DMA_WORDS;
    boolean disk = port == IsaPort.FDC || port == IsaPort.FDC_DIR;
    return timer || channel || disk || port == IsaPort.RTC + 1;
  }

  private String owner(int port) {
    return buses.ports().owners().get(buses.ports().ownerAt(port));
  }

  private int u8() {
    return script.hasRemaining() ? script.get() & 0xff : 0;
  }

  private int u16() {
    return u8() | u8() << 8;
  }

  /** Registers react to few bits, to all and to none more often than to noise. */
  private int u32() {
    int form = u8();
    return switch (form >> 5) {
      case 0 -> form & 0x1f;
      case 1 -> 1 << (form & 0x1f);
      case 2 -> -1 << (form & 0x1f);
      case 3 -> u8();
      case 4 -> u16();
      case 5 -> u16() << 16;
      case 6 -> SCRATCH + 8 * (form & 0x1f);
      default -> u16() | u16() << 16;
    };
  }

  private void step() {
    int op = u8();
    int size = SIZES[op >> 6];
    switch (op & 0xf) {
      case 0, 1 -> out(port(), size, u32());
      case 2 -> floppyCommand();
      case 3, 4 -> in(port(), size);
      case 5 -> strings(port(), size, (op & 0x10) != 0);
      case 6, 7 -> mmioWrite(mmio(), mmioSize(op), u32() | (long) u8() << 32);
      case 8 -> mmioRead(mmio(), mmioSize(op));
      case 9 -> config(size);
      case 0xa -> poke();
      case 0xb, 0xc -> host();
      case 0xd -> ataCommand();
      case 0xe -> busMaster();
      default -> fwCfgDma();
    }
  }

  private static int mmioSize(int op) {
    return 1 + (op >> 4 & 7);
  }

  private int port() {
    int choice = u16();
    int[] decoded = decodedPorts();
    return (choice & 0xf000) == 0xf000 ? choice << 4 & 0xffff : decoded[choice % decoded.length];
  }

  private int[] decodedPorts() {
    if (ports == null) {
      List<Integer> found = new ArrayList<>();
      for (int port = 0; port < PortBus.PORTS; port++) {
        if (buses.ports().ownerAt(port) != PortBus.NO_OWNER) {
          found.add(port);
        }
      }
      ports = found.stream().mapToInt(Integer::intValue).toArray();
    }
    return ports;
  }

  private long mmio() {
    int choice = u8();
    long base = choice < 0xf0 ? MMIO[choice % MMIO.length] : (long) u32() << (choice & 0xf);
    return base + (u16() & 0xffff) & Long.MAX_VALUE;
  }

  private void out(int port, int size, int value) {
    note("out", port, size, value);
    touched.add(owner(port));
    buses.ports().write(port, size, value);
    mayMove(port);
  }

  /** What a write to the configuration space may have moved is looked for again. */
  private void mayMove(int port) {
    if (port >= CONFIG_ADDRESS && port < CONFIG_ADDRESS + 8) {
      ports = null;
    }
  }

  private void in(int port, int size) {
    note("in", port, size, 0);
    touched.add(owner(port));
    buses.ports().read(port, size);
  }

  private void strings(int port, int size, boolean in) {
    items.count = 1 + (u8() << 4 | u8() & 0xf);
    items.size = size;
    items.value = u32();
    note(in ? "ins" : "outs", port, size, items.count);
    if (in) {
      buses.ports().read(port, size, items);
    } else {
      buses.ports().write(port, size, items);
      mayMove(port);
    }
  }

  private void mmioWrite(long address, int size, long value) {
    note("mmio write", address, size, value);
    touched.add(buses.mmio().owners().get(buses.mmio().ownerAt(address)));
    buses.mmio().write(address, size, value);
  }

  private void mmioRead(long address, int size) {
    note("mmio read", address, size, 0);
    touched.add(buses.mmio().owners().get(buses.mmio().ownerAt(address)));
    buses.mmio().read(address, size);
  }

  /** A register of a PCI function, mostly of one that is there. */
  private void config(int size) {
    int devfn = u8();
    devfn = devfn < 0x80 ? devfn & 0x1f : devfn;
    int register = u8();
    out(CONFIG_ADDRESS, 4, 1 << 31 | devfn << 8 | register & ~3);
    if ((register & 1) == 0) {
      out(CONFIG_DATA + (register & 4 - size), size, u32());
    } else {
      in(CONFIG_DATA + (register & 4 - size), size);
    }
  }

  /** Eight bytes of guest memory, where descriptors are looked for. */
  private void poke() {
    int at = SCRATCH + 8 * u8();
    note("poke", at, 8, 0);
    memory.memory().write32(at, u32());
    memory.memory().write32(at + 4, u32());
  }

  private void host() {
    int what = u8();
    note("host", what, 0, 0);
    HeapDisk disk = disks.get((what >> 4) % disks.size());
    switch (what & 0xf) {
      case 0, 1, 2 -> disks.forEach(HeapDisk::completeAll);
      case 3 -> user(what >> 4);
      case 4 -> {
        if (disk.waiting() > 0) {
          disk.completeOne();
        }
      }
      case 5 -> disk.fail(BlockError.values()[u8() % BlockError.values().length], u16() << 4);
      case 6 -> disk.fail(null, 0);
      case 7 -> clock.advance(1L << u8() % 19);
      case 8, 9 -> skipToTimer();
      case 0xa -> {
        line.input(u8());
        cable.input(u16());
      }
      case 0xb -> {
        line.choked = !line.choked;
        cable.choked = !cable.choked;
        cable.card.writable();
      }
      case 0xc -> vcpu(what >> 4).source().acknowledge();
      case 0xd -> vcpu(what >> 4).ferr().set((what & 0x20) != 0);
      case 0xe -> buses.endOfInterrupt().accept(u8());
      default -> msr((LocalApic) vcpu(what >> 4).source());
    }
  }

  /** Changes media, and rarely resets. */
  private void user(int what) {
    String name = REMOVABLE[what & 3];
    RemovableDrive drive = board.removable(name).orElseThrow();
    switch (what >> 2) {
      case 0 -> drive.remove(false);
      case 1 -> drive.remove(true);
      case 2 -> drive.insert(spare.get((name.startsWith("floppy") ? 0 : 2) + (u8() & 1)));
      default -> {
        if (u8() < 16) {
          reset();
        }
      }
    }
  }

  /** As by the reset line, and what the machine does after it. */
  void reset() {
    note("reset", 0, 0, 0);
    board.reset();
    board.setUp(layout);
    ports = null;
  }

  /** Lets time go on to what happens next, if that is soon: timers of hours are left alone. */
  private void skipToTimer() {
    long wait = clock.nextDeadline() - clock.nanos();
    if (wait >= 0 && wait < 10_000_000_000L) {
      clock.advance(wait);
    }
  }

  private void msr(LocalApic apic) {
    int index = u8();
    switch (index & 3) {
      case 0 -> apic.setApicBase((long) u8() << 32 | u32() & 0xffff_ffffL);
      case 1 -> apic.writeCr8(u8() & 0xf);
      case 2 -> apic.readMsr(0x800 + index);
      default -> apic.writeMsr(index > 0x80 ? 0x6e0 : 0x800 + index, u32() | (long) u8() << 32);
    }
  }

  private IdleVm.IdleVcpu vcpu(int number) {
    return (IdleVm.IdleVcpu) machine.vcpus().get(number & 1).vcpu();
  }

  /** A command with its parameters; PACKET with its packet. */
  private void ataCommand() {
    int form = u8();
    int base = (form & 1) == 0 ? IsaPort.IDE_PRIMARY : IsaPort.IDE_SECONDARY;
    out(base + 6, 1, 0xe0 & form | (form & 2) << 3);
    for (int register = 1; register <= 5; register++) {
      out(base + register, 1, u8() >> (form >> 2 & 7));
    }
    int command = ATA[u8() % ATA.length];
    out(base + 7, 1, command);
    if (command == 0xa0) {
      disks.forEach(HeapDisk::completeAll);
      out(base, 2, u16());
      for (int i = 0; i < 5; i++) {
        out(base, 2, u8());
      }
    }
  }

  /**
   * A command of the floppy controller, at once or after a reset, with DMA behind it or without.
   */
  private void floppyCommand() {
    int form = u8();
    if ((form & 3) == 0) {
      out(IsaPort.FDC + 2, 1, 0);
    }
    out(IsaPort.FDC + 2, 1, 0x14 | form & 8 | form >> 2 & 1);
    out(IsaPort.FDC_DIR, 1, form >> 4 & 3);
    int channel = IsaPort.DMA_BYTES + 2 * IsaDma.FDC;
    out(channel, 1, u8());
    out(channel, 1, u8());
    out(channel + 1, 1, u8());
    out(channel + 1, 1, form >> 6);
    out(IsaPort.DMA_BYTES + 11, 1, 0x42 + (form >> 1 & 0xc));
    out(IsaPort.DMA_BYTES + 10, 1, IsaDma.FDC);
    out(IsaPort.FDC + 5, 1, FLOPPY_COMMANDS[u8() % FLOPPY_COMMANDS.length]);
    for (int i = 0; i < 8; i++) {
      out(IsaPort.FDC + 5, 1, i == 4 ? 2 : u8() >> 3);
    }
  }

  /** Starts a bus master with a table in the scratch memory, wherever its ports are. */
  private void busMaster() {
    int form = u8();
    for (int i = 0; i < 3; i++) {
      memory.memory().write32(SCRATCH + 8 * i, u32());
      memory.memory().write32(SCRATCH + 8 * i + 4, u16() | (form << i & 0x80) << 24);
    }
    out(CONFIG_ADDRESS, 4, 1 << 31 | 1 << 11 | PciChipset.IDE_FUNCTION << 8 | 0x20);
    int base = buses.ports().read(CONFIG_DATA, 4) & 0xfff0 | (form & 1) << 3;
    out(base + 4, 4, SCRATCH + 8 * (form >> 1 & 3));
    out(base, 1, 1 | form & 8);
  }

  private void fwCfgDma() {
    int at = SCRATCH + 8 * u8();
    memory.memory().write32(at, Integer.reverseBytes(u8() << 16 | u8()));
    memory.memory().write32(at + 4, Integer.reverseBytes(u32()));
    memory.memory().write32(at + 8, Integer.reverseBytes(u8() >> 6));
    memory.memory().write32(at + 12, Integer.reverseBytes(u32()));
    out(FW_CFG_DMA + 4, 4, Integer.reverseBytes(at));
  }

  private void note(String what, long at, int size, long value) {
    if (history.size() == HISTORY) {
      history.removeFirst();
    }
    history.addLast(new Step(what, at, size, value));
  }

  @Override
  public void close() {
    board.powerOff();
    disks.forEach(HeapDisk::close);
    machine.close();
    memory.close();
    hostClock.close();
  }

  private static final class Items implements PortItems {
    int count;
    int size;
    int value;

    @Override
    public int count() {
      return count;
    }

    @Override
    public long data(int i) {
      return value + i & (1L << 8 * size) - 1;
    }

    @Override
    public void reply(int i, long ignored) {
      if (i < 0 || i >= count) {
        throw new AssertionError("reply to item " + i);
      }
    }
  }

  /** A serial line that is sometimes full. */
  private static final class Line implements CharBackend {
    private CharFrontend device;
    boolean choked;

    @Override
    public void connect(CharFrontend newDevice) {
      device = newDevice;
    }

    void input(int count) {
      if (count == 0) {
        device.receiveBreak();
      } else if (count == 1) {
        device.writable();
      } else {
        device.receive(new byte[count], 0, count);
      }
    }

    @Override
    public boolean offer(int value) {
      return !choked;
    }

    @Override
    public void receiverReady() {}

    @Override
    public void close() {}
  }

  /** A cable on which frames of any kind come, and that is full at times. */
  private static final class Cable implements NetBackend {
    private NetFrontend card;
    private boolean choked;

    @Override
    public void connect(NetFrontend newCard) {
      card = newCard;
    }

    @Override
    public void disconnect() {}

    /** A frame of a length, to a group, to all, or to one. */
    private void input(int form) {
      byte[] frame = new byte[MIN_FRAME + form % (MAX_FRAME - MIN_FRAME + 1)];
      Arrays.fill(frame, 0, MacAddress.SIZE, (byte) (form % 3 - 1));
      card.receive(frame, 0, frame.length);
    }

    @Override
    public boolean offer(byte[] frame, int offset, int length) {
      Objects.checkFromIndexSize(offset, length, frame.length);
      return !choked;
    }

    @Override
    public void receiverReady() {}

    @Override
    public boolean linkUp() {
      return !choked;
    }

    @Override
    public void close() {}
  }
}
