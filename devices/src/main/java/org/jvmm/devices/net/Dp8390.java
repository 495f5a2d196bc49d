package org.jvmm.devices.net;

import static org.jvmm.devices.net.NicRegister.BNRY;
import static org.jvmm.devices.net.NicRegister.CLDA0;
import static org.jvmm.devices.net.NicRegister.CLDA1;
import static org.jvmm.devices.net.NicRegister.CNTR0;
import static org.jvmm.devices.net.NicRegister.CNTR2;
import static org.jvmm.devices.net.NicRegister.CONFIG2;
import static org.jvmm.devices.net.NicRegister.CONFIG3;
import static org.jvmm.devices.net.NicRegister.CR;
import static org.jvmm.devices.net.NicRegister.CRDA0;
import static org.jvmm.devices.net.NicRegister.CRDA1;
import static org.jvmm.devices.net.NicRegister.CURR;
import static org.jvmm.devices.net.NicRegister.DCR;
import static org.jvmm.devices.net.NicRegister.IMR;
import static org.jvmm.devices.net.NicRegister.ISR;
import static org.jvmm.devices.net.NicRegister.LNPP;
import static org.jvmm.devices.net.NicRegister.MAR0;
import static org.jvmm.devices.net.NicRegister.NCR;
import static org.jvmm.devices.net.NicRegister.PAR0;
import static org.jvmm.devices.net.NicRegister.PSTART;
import static org.jvmm.devices.net.NicRegister.PSTOP;
import static org.jvmm.devices.net.NicRegister.RBCR0;
import static org.jvmm.devices.net.NicRegister.RBCR1;
import static org.jvmm.devices.net.NicRegister.RCR;
import static org.jvmm.devices.net.NicRegister.RNPP;
import static org.jvmm.devices.net.NicRegister.RSR;
import static org.jvmm.devices.net.NicRegister.RTL8029ID0;
import static org.jvmm.devices.net.NicRegister.RTL8029ID1;
import static org.jvmm.devices.net.NicRegister.TBCR0;
import static org.jvmm.devices.net.NicRegister.TBCR1;
import static org.jvmm.devices.net.NicRegister.TCR;
import static org.jvmm.devices.net.NicRegister.TPSR;
import static org.jvmm.devices.net.NicRegister.TSR;

import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.jvmm.core.backend.MacAddress;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.net.NicBits.Cr;
import org.jvmm.devices.net.NicBits.Dcr;
import org.jvmm.devices.net.NicBits.Isr;
import org.jvmm.devices.net.NicBits.Rcr;
import org.jvmm.devices.net.NicBits.Rsr;
import org.jvmm.devices.net.NicBits.Tcr;
import org.jvmm.devices.net.NicBits.Tsr;

/**
 * The DP8390D: registers, transmitter, receive ring, remote DMA. Called with the card's monitor
 * held.
 */
final class Dp8390 {
  /** The frame check sequence; and the header that the ring has before each frame. */
  private static final int FCS = 4, HEADER = 4;

  /** Least bytes of a frame without its check sequence. */
  private static final int PADDED = 60;

  private static final int PAGE = 256;

  /** Tally counters stop here; from their top bit on they interrupt (section 10.3). */
  private static final int TALLY_MOST = 192, TALLY_CNT = 128;

  /** CONFIG2: 10BaseT is active; CONFIG3: full duplex (RTL8029AS section 6.2). */
  private static final int PL_10BASET = 1 << 6, FUDUP = 1 << 6;

  private static final int ID0 = 'P', ID1 = 'C';

  /** TSR after loopback 1 to 3: what carrier and collision detect show there (section 12.1). */
  private static final int[] LOOPBACK_TSR = {
    Tsr.PTX | Tsr.NDT,
    Tsr.PTX | Tsr.NDT | Tsr.CRS | Tsr.CDH,
    Tsr.PTX | Tsr.NDT | Tsr.CDH,
    Tsr.PTX | Tsr.NDT
  };

  // Glue
  private final PacketMemory memory;
  private final IrqLine irq;
  private final NicPeer peer;
  private final CRC32 crc = new CRC32();
  private final byte[] header = new byte[HEADER];
  private boolean carrier = true;

  /** Bytes of the frame that the host holds back; 0 for none. */
  private int heldBack;

  // Volatile state
  private final int[] registers = new int[NicRegister.values().length];
  private boolean running;
  private final LoopbackFifo fifo = new LoopbackFifo();

  /**
   * The volatile state.
   *
   * @param registers in the order of {@link NicRegister}
   * @param running whether the guest has started the NIC
   */
  record State(List<Integer> registers, boolean running, long fifo, int fifoReads) {
    State {
      registers = List.copyOf(registers);
    }
  }

  Dp8390(PacketMemory memory, IrqLine irq, NicPeer peer) {
    this.memory = memory;
    this.irq = irq;
    this.peer = peer;
    powerOn();
  }

  /** Power-on: what the datasheet leaves open is 0. */
  void powerOn() {
    Arrays.fill(registers, 0);
    fifo.restore(0, 0);
    set(RTL8029ID0, ID0);
    set(RTL8029ID1, ID1);
    set(CONFIG2, PL_10BASET);
    set(CONFIG3, FUDUP);
    hardwareReset();
  }

  /** The RESET pin (section 8): other registers keep what they have. */
  void hardwareReset() {
    running = false;
    set(CR, Cr.STP | Cr.ABORT);
    set(ISR, Isr.RST);
    set(IMR, 0);
    set(DCR, get(DCR) | Dcr.LAS);
    set(TCR, get(TCR) & ~(Tcr.LB_MASK << Tcr.LB_SHIFT));
    settle();
  }

  // Registers

  private int get(NicRegister register) {
    return registers[register.ordinal()];
  }

  private void set(NicRegister register, int value) {
    registers[register.ordinal()] = value & 0xFF;
  }

  private boolean has(NicRegister register, int bit) {
    return (get(register) & bit) != 0;
  }

  private void raise(int interrupts) {
    set(ISR, get(ISR) | interrupts);
  }

  private int pair(NicRegister low, NicRegister high) {
    return get(high) << 8 | get(low);
  }

  private void setPair(NicRegister low, NicRegister high, int value) {
    set(low, value);
    set(high, value >> 8);
  }

  int read(int offset) {
    NicRegister register = NicRegister.forRead(get(CR) >> Cr.PAGE_SHIFT, offset);
    int value = get(register);
    switch (register) {
      case CNTR0, CNTR1, CNTR2 -> set(register, 0); // reading clears (section 10.3)
      case FIFO -> value = fifo.read();
      default -> {}
    }
    return value;
  }

  void write(int offset, int value) {
    NicRegister register = NicRegister.forWrite(get(CR) >> Cr.PAGE_SHIFT, offset);
    switch (register) {
      case CR -> command(value);
      case ISR -> set(ISR, get(ISR) & ~(value & ~Isr.RST));
      case NONE -> {}
      default -> set(register, value & register.mask);
    }
    switch (register) {
      case RSAR0 -> set(CRDA0, value);
      case RSAR1 -> set(CRDA1, value);
      case BNRY -> framesRemoved();
      default -> {}
    }
    settle();
  }

  /** Follows from the state: the interrupt, and whether what waits at the host may come. */
  private void settle() {
    boolean ready = heldBack != 0 && hasRoom(heldBack);
    if (ready) {
      heldBack = 0;
    } else if (heldBack != 0) {
      raise(overflown() ? 0 : Isr.PRX);
    }
    irq.set((get(ISR) & get(IMR) & ~Isr.RST) != 0);
    if (ready) {
      peer.receiverReady();
    }
  }

  /** TXP is not cleared by the guest, but by the end of the transmission, or a stop. */
  private void command(int value) {
    int pending = get(CR) & Cr.TXP;
    if ((value & Cr.STP) != 0) {
      running = false;
      raise(Isr.RST);
      set(CR, value & ~Cr.TXP);
    } else {
      if ((value & Cr.STA) != 0 && !running) {
        running = true;
        set(ISR, get(ISR) & ~Isr.RST);
      }
      set(CR, running ? value | pending : value & ~Cr.TXP);
    }
    startRemote();
    if (has(CR, Cr.TXP)) {
      transmit();
    }
  }

  // Remote DMA

  private void startRemote() {
    int operation = get(CR) & Cr.RD;
    if (operation == Cr.SEND && has(DCR, Dcr.AR)) {
      int at = get(BNRY) * PAGE;
      setPair(CRDA0, CRDA1, at);
      set(RNPP, memory.read(at + 1));
      set(RBCR0, memory.read(at + 2));
      set(RBCR1, memory.read(at + 3));
    }
    if ((operation == Cr.READ || operation == Cr.WRITE) && pair(RBCR0, RBCR1) == 0) {
      raise(Isr.RDC);
    }
  }

  /**
   * Reads the data port: a word if the DCR says so, else a byte; always two words by 32 bits.
   *
   * @param size of the access, 1, 2 or 4
   */
  int readRemote(int size) {
    int operation = get(CR) & Cr.RD;
    if (operation != Cr.READ && operation != Cr.SEND || pair(RBCR0, RBCR1) == 0) {
      return -1;
    }
    int bytes = remoteBytes(size);
    int at = remoteAddress(bytes);
    int value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= memory.read(at + i) << 8 * i;
    }
    advance(bytes);
    return value;
  }

  /** Writes the data port, as {@link #readRemote} reads it. */
  void writeRemote(int size, int value) {
    if ((get(CR) & Cr.RD) != Cr.WRITE || pair(RBCR0, RBCR1) == 0) {
      return;
    }
    int bytes = remoteBytes(size);
    int at = remoteAddress(bytes);
    for (int i = 0; i < bytes; i++) {
      memory.write(at + i, value >> 8 * i);
    }
    advance(bytes);
  }

  private int remoteBytes(int size) {
    return size == 4 ? 4 : has(DCR, Dcr.WTS) ? 2 : 1;
  }

  /** Words stand at even addresses: the card leaves A0 out. */
  private int remoteAddress(int bytes) {
    int at = pair(CRDA0, CRDA1);
    return bytes == 1 ? at : at & ~1;
  }

  private void advance(int bytes) {
    int next = pair(CRDA0, CRDA1) + bytes & 0xFFFF;
    setPair(CRDA0, CRDA1, next == get(PSTOP) * PAGE ? get(PSTART) * PAGE : next);
    int left = Math.max(0, pair(RBCR0, RBCR1) - bytes);
    setPair(RBCR0, RBCR1, left);
    if (left == 0) {
      raise(Isr.RDC);
      if ((get(CR) & Cr.RD) == Cr.SEND) {
        set(BNRY, get(RNPP));
        framesRemoved();
      }
      settle();
    }
  }

  // Transmitter

  /** A frame without a carrier, or that no one takes, is sent nevertheless. */
  void carrier(boolean present) {
    carrier = present;
  }

  /** The host has room again. */
  void transmitterReady() {
    if (has(CR, Cr.TXP)) {
      transmit();
      settle();
    }
  }

  private void transmit() {
    int at = get(TPSR) * PAGE;
    int length = pair(TBCR0, TBCR1);
    int loopback = loopback();
    if (!memory.isRam(at, length)) {
      set(TSR, Tsr.FU); // what is not there cannot be fetched in time
      sent(Isr.TXE);
    } else if (loopback != 0) {
      loop(at, length);
      set(TSR, LOOPBACK_TSR[loopback]);
      sent(Isr.PTX);
    } else {
      int bytes = has(TCR, Tcr.CRC) ? Math.max(0, length - FCS) : length;
      if (peer.transmit(memory.ram(), at - PacketMemory.RAM, bytes)) {
        set(TSR, carrier ? Tsr.PTX | Tsr.NDT : Tsr.PTX | Tsr.NDT | Tsr.CRS);
        sent(Isr.PTX);
      }
    }
  }

  private void sent(int interrupt) {
    set(NCR, 0);
    set(CR, get(CR) & ~Cr.TXP);
    raise(interrupt);
  }

  private int loopback() {
    return get(TCR) >> Tcr.LB_SHIFT & Tcr.LB_MASK;
  }

  /**
   * Loops a frame back into the FIFO (section 12.1). The receiver checks the CRC that the guest
   * appended; with the transmitter's own it reports an error always.
   */
  private void loop(int at, int length) {
    boolean appended = has(TCR, Tcr.CRC);
    int checked = appended ? Math.max(0, length - FCS) : length;
    long fcs = fcs(memory.ram(), at - PacketMemory.RAM, checked);
    long found = 0;
    fifo.start();
    for (int i = 0; i < checked + FCS; i++) {
      int shift = 8 * (i - checked);
      int value = i < checked || appended ? memory.read(at + i) : (int) (fcs >> shift);
      found |= i < checked ? 0 : (value & 0xFFL) << shift;
      fifo.put(value);
    }
    fifo.end(checked + FCS);
    set(RSR, appended && found == fcs ? Rsr.PRX : Rsr.CRC);
  }

  private long fcs(byte[] frame, int offset, int length) {
    crc.reset();
    crc.update(frame, offset, length);
    return crc.getValue();
  }

  // Receiver

  private boolean listens() {
    return running && loopback() == 0;
  }

  /** The ring has overflown, and the guest has not taken a frame since (section 10.2, ISR.RST). */
  private boolean overflown() {
    return running && has(ISR, Isr.RST);
  }

  private void framesRemoved() {
    if (running) {
      set(ISR, get(ISR) & ~Isr.RST);
    }
  }

  /**
   * Whether a frame of so many bytes is to come: false while it would overflow a ring that could
   * have room for it. Then the peer is told when there is room. Until then PRX is on: drivers
   * acknowledge it behind the last frame that they read, of ten at most (Linux' 8390.c,
   * ei_receive), and where the chip's overflow would tell them of the rest, nothing would.
   */
  boolean wants(int length) {
    boolean room = hasRoom(length);
    heldBack = room ? 0 : length;
    settle();
    return room;
  }

  private boolean hasRoom(int length) {
    if (!listens() || has(RCR, Rcr.MON)) {
      return true;
    }
    int pages = pages(Math.max(length, PADDED));
    boolean larger = pages >= get(PSTOP) - get(PSTART) - 1;
    return !overflown() && (larger || fits(pages));
  }

  private static int pages(int length) {
    return (HEADER + length + FCS + PAGE - 1) / PAGE;
  }

  private int nextPage(int page) {
    int next = page + 1 & 0xFF;
    return next == get(PSTOP) ? get(PSTART) : next;
  }

  /**
   * Whether the ring has so many pages from CURR on before it comes to BNRY. Deviation: the page
   * before PSTART, where drivers put BNRY when they have read the ring's last page (Linux' 8390.c,
   * ei_receive), is that last page; the chip would never meet it and overwrite what is unread.
   */
  private boolean fits(int pages) {
    int boundary = get(BNRY) == get(PSTART) - 1 ? get(PSTOP) - 1 : get(BNRY);
    int page = get(CURR);
    for (int i = 0; i < pages; i++) {
      page = nextPage(page);
      if (page == boundary) {
        return false;
      }
    }
    return true;
  }

  /** A frame comes from the cable, without its check sequence. */
  void receive(byte[] frame, int offset, int length) {
    if (!listens() || !accepts(frame, offset)) {
      return;
    }
    int group = (frame[offset] & 1) != 0 ? Rsr.PHY : 0;
    int padded = Math.max(length, PADDED);
    if (has(RCR, Rcr.MON)) {
      missed(group | Rsr.DIS);
    } else if (overflown() || !fits(pages(padded))) {
      raise(Isr.OVW | Isr.RST);
      missed(group);
    } else {
      store(frame, offset, length, padded, Rsr.PRX | group);
      set(RSR, Rsr.PRX | group);
      raise(Isr.PRX);
    }
    settle();
  }

  private void missed(int status) {
    set(RSR, Rsr.MPA | status);
    int count = Math.min(get(CNTR2) + 1, TALLY_MOST);
    set(CNTR2, count);
    if (count >= TALLY_CNT) {
      raise(Isr.CNT);
    }
  }

  /** Writes header, frame, padding and check sequence to the ring's pages. */
  private void store(byte[] frame, int offset, int length, int padded, int status) {
    int next = get(CURR);
    for (int i = pages(padded); i > 0; i--) {
      next = nextPage(next);
    }
    int count = padded + FCS;
    header[0] = (byte) status;
    header[1] = (byte) next;
    header[2] = (byte) count;
    header[3] = (byte) (count >> 8);
    int at = put(get(CURR) * PAGE, header, 0, HEADER);
    at = put(at, frame, offset, length);
    crc.reset();
    crc.update(frame, offset, length);
    for (int i = length; i < padded; i++) {
      at = put(at, 0);
      crc.update(0);
    }
    long fcs = crc.getValue();
    for (int i = 0; i < FCS; i++) {
      at = put(at, (int) (fcs >> 8 * i));
    }
    set(CURR, next);
    set(LNPP, next);
    setPair(CLDA0, CLDA1, at);
  }

  /** Copies to the ring, page by page; the address behind. */
  private int put(int address, byte[] bytes, int offset, int length) {
    int at = address;
    int done = 0;
    while (done < length) {
      int part = Math.min(length - done, PAGE - at % PAGE);
      memory.write(at, bytes, offset + done, part);
      done += part;
      at = behind(at, part);
    }
    return at;
  }

  private int put(int at, int value) {
    memory.write(at, value);
    return behind(at, 1);
  }

  private int behind(int at, int bytes) {
    int next = at + bytes;
    return next % PAGE == 0 ? nextPage(at / PAGE) * PAGE : next;
  }

  private boolean accepts(byte[] frame, int offset) {
    if ((frame[offset] & 1) == 0) {
      return has(RCR, Rcr.PRO) || isOwn(frame, offset);
    }
    boolean broadcast = true;
    for (int i = 0; i < MacAddress.SIZE; i++) {
      broadcast &= frame[offset + i] == -1;
    }
    return broadcast ? has(RCR, Rcr.AB) : has(RCR, Rcr.AM) && isHashed(frame, offset);
  }

  private boolean isOwn(byte[] frame, int offset) {
    for (int i = 0; i < MacAddress.SIZE; i++) {
      if ((frame[offset + i] & 0xFF) != registers[PAR0.ordinal() + i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The multicast filter (section 10.3): the upper six bits of the address' CRC, in the order in
   * which they go over the wire, are the number of a bit in MAR.
   */
  private boolean isHashed(byte[] frame, int offset) {
    int hash = Integer.reverse(~(int) fcs(frame, offset, MacAddress.SIZE)) >>> 26;
    return (registers[MAR0.ordinal() + hash / 8] & 1 << hash % 8) != 0;
  }

  // Snapshot

  State save() {
    return new State(
        Arrays.stream(registers).boxed().toList(), running, fifo.bytes(), fifo.reads());
  }

  void check(StateCheck check, State state) {
    check.that(state.registers.size() == registers.length, "registers", state.registers.size());
    state.registers.forEach(value -> check.bits("register", value, 0xFF));
    check.that(
        state.fifoReads >= 0 && state.fifoReads < LoopbackFifo.SIZE, "fifo", state.fifoReads);
  }

  void restore(State state) {
    for (int i = 0; i < registers.length; i++) {
      registers[i] = state.registers.get(i);
    }
    running = state.running;
    fifo.restore(state.fifo, state.fifoReads);
    settle();
  }
}
