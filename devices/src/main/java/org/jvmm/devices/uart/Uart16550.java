package org.jvmm.devices.uart;

import java.util.List;
import org.jvmm.core.bus.PortDevice;
import org.jvmm.core.device.Resettable;
import org.jvmm.core.device.Snapshotable;
import org.jvmm.core.device.StateCheck;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.time.VmClock;
import org.jvmm.core.time.VmTimer;

/**
 * PC16550D UART: registers, FIFOs and the INTR pin, nothing else. Section numbers are those of its
 * datasheet.
 *
 * <pre>
 *  guest --THR--> tx FIFO --> TSR ----+----> SerialPeer
 *                                     | loopback
 *  guest <--RBR-- rx FIFO <-----------+----- receive()
 * </pre>
 *
 * Nothing is lost between guest and peer: a peer without room leaves the character in the transmit
 * shift register (TSR), and the guest sees THRE fall when it writes on; a full receive FIFO makes
 * {@link #receive} take less than offered. Only a guest in loopback can overrun itself.
 */
public final class Uart16550 implements PortDevice, Resettable, Snapshotable<Uart16550.State> {
  /** Number of ports; accesses are one byte wide. */
  public static final int PORTS = 8;

  /** How long a character stays in the transmit shift register. */
  public enum Pacing {
    /** No time: THR is empty again as soon as it is written, unless the peer has no room. */
    INSTANT,
    /** As long as the programmed baud rate and character format ask. */
    LINE_RATE
  }

  /** Interrupt enable register (8.6). */
  static final class Ier {
    static final int ERBFI = 1, ETBEI = 1 << 1, ELSI = 1 << 2, EDSSI = 1 << 3;
    static final int MASK = 0x0f;
  }

  /** Interrupt identification register (8.5), highest priority first. */
  static final class Iir {
    static final int RLS = 0x06, RDA = 0x04, CTI = 0x0c, THRE = 0x02, MODEM = 0x00, NONE = 0x01;
    static final int FIFOS_ENABLED = 0xc0;
  }

  /** FIFO control register (8.4). */
  static final class Fcr {
    static final int ENABLE = 1, RCVR_RESET = 1 << 1, XMIT_RESET = 1 << 2;
    static final int KEPT = 0xc9; // trigger level, DMA mode, enable
    static final int TRIGGER_SHIFT = 6;
  }

  /** Line control register (8.1). */
  static final class Lcr {
    static final int WLS = 3, STB = 1 << 2, PEN = 1 << 3, BREAK = 1 << 6, DLAB = 1 << 7;
  }

  /** Modem control register (8.7). */
  static final class Mcr {
    static final int DTR = 1, RTS = 1 << 1, OUT1 = 1 << 2, OUT2 = 1 << 3, LOOP = 1 << 4;
    static final int MASK = 0x1f;
  }

  /** Line status register (8.3). */
  static final class Lsr {
    static final int DR = 1, OE = 1 << 1, PE = 1 << 2, FE = 1 << 3, BI = 1 << 4;
    static final int THRE = 1 << 5, TEMT = 1 << 6, FIFO_ERROR = 1 << 7;
    static final int ERRORS = OE | PE | FE | BI;
  }

  /** Modem status register (8.8). */
  static final class Msr {
    static final int TERI = 1 << 2;
    static final int CTS = 1 << 4, DSR = 1 << 5, RI = 1 << 6, DCD = 1 << 7;
    static final int DELTAS = 0x0f, INPUTS = 0xf0;
    static final int CABLE = CTS | DSR | DCD;
  }

  private static final int VERSION = 1;
  private static final long CRYSTAL_HZ = 1_843_200;
  private static final long NANOS = 1_000_000_000;
  private static final int[] TRIGGER_LEVELS = {1, 4, 8, 14};

  /** 9600 baud. The datasheet leaves it undefined; guests exist that never program it. */
  private static final int RESET_DIVISOR = 12;

  /** What a break leaves in the receive FIFO. */
  private static final int BREAK = (Lsr.BI | Lsr.FE) << 8;

  private static final int EMPTY = -1;

  // Configuration
  private final Pacing pacing;

  // Glue
  private final SerialPeer peer;
  private final IrqLine irq;
  private final VmClock clock;
  private final VmTimer receiveTimer;
  private final VmTimer transmitTimer;

  /** The peer was left with characters; not saved, because restore() calls the peer anyway. */
  private boolean peerWaits;

  // Volatile state
  private final CharFifo rx = new CharFifo();
  private final CharFifo tx = new CharFifo();
  private int ier, fcr, lcr, mcr, msr, scr, divisor;

  /** The error bits of LSR; the others follow from the FIFOs. */
  private int lsrErrors;

  /** Transmit shift register: a character that waits for the line or the peer, or EMPTY. */
  private int tsr;

  /** The THRE interrupt condition, which reading IIR clears although LSR.THRE stays set (8.5). */
  private boolean threPending;

  /** The character time-out condition, and the VM time at which it comes about (8.4.1). */
  private boolean timeoutPending;

  private long timeoutAt;

  /** VM time at which the line has sent the character in TSR, with {@link Pacing#LINE_RATE}. */
  private long sentAt;

  /** The volatile state; FIFO entries as in {@link CharFifo}, tsr -1 when empty. */
  public record State(
      int version,
      int ier,
      int fcr,
      int lcr,
      int mcr,
      int msr,
      int scr,
      int divisor,
      int lsrErrors,
      List<Integer> rx,
      List<Integer> tx,
      int tsr,
      boolean threPending,
      boolean timeoutPending,
      long timeoutAt,
      long sentAt) {}

  public Uart16550(SerialPeer peer, IrqLine irq, VmClock clock, Pacing pacing) {
    this.peer = peer;
    this.irq = irq;
    this.clock = clock;
    this.pacing = pacing;
    receiveTimer = clock.timer(this, this::receiveTimerExpired);
    transmitTimer = clock.timer(this, this::characterSent);
    masterReset();
  }

  @Override
  public synchronized void reset() {
    masterReset();
    driveIrq();
    wakePeer();
  }

  /** Table III: what the MR pin does, and defined values for what it leaves alone. */
  private void masterReset() {
    ier = fcr = lcr = mcr = scr = lsrErrors = 0;
    msr = Msr.CABLE;
    divisor = RESET_DIVISOR;
    rx.clear();
    tx.clear();
    tsr = EMPTY;
    threPending = timeoutPending = false;
    timeoutAt = sentAt = 0;
    receiveTimer.cancel();
    transmitTimer.cancel();
  }

  @Override
  public int read(int offset, int size) {
    int value =
        switch (Register.forRead(offset, dlab())) {
          case RBR -> readRbr();
          case IER -> ier;
          case IIR -> readIir();
          case LCR -> lcr;
          case MCR -> mcr;
          case LSR -> readLsr();
          case MSR -> readMsr();
          case SCR -> scr;
          case DLL -> divisor & 0xff;
          case DLM -> divisor >> 8;
          case THR, FCR -> throw new AssertionError("write-only: forRead never yields it");
        };
    driveIrq();
    return value;
  }

  @Override
  public void write(int offset, int size, int value) {
    int octet = value & 0xff;
    switch (Register.forWrite(offset, dlab())) {
      case THR -> writeThr(octet);
      case IER -> writeIer(octet);
      case FCR -> writeFcr(octet);
      case LCR -> writeLcr(octet);
      case MCR -> writeMcr(octet);
      case SCR -> scr = octet;
      case DLL -> divisor = divisor & 0xff00 | octet;
      case DLM -> divisor = divisor & 0x00ff | octet << 8;
      case LSR, MSR -> {} // "for factory testing only" (8.3); nothing relies on it
      default -> throw new AssertionError("read-only: forWrite never yields it");
    }
    driveIrq();
  }

  // Interrupts

  /** The one place that moves the INTR pin. */
  private void driveIrq() {
    irq.set(interruptId() != Iir.NONE);
  }

  private int interruptId() {
    if ((ier & Ier.ELSI) != 0 && lsrErrors != 0) {
      return Iir.RLS;
    }
    if ((ier & Ier.ERBFI) != 0 && rx.size() >= triggerLevel()) {
      return Iir.RDA;
    }
    if ((ier & Ier.ERBFI) != 0 && timeoutPending) {
      return Iir.CTI;
    }
    if ((ier & Ier.ETBEI) != 0 && threPending) {
      return Iir.THRE;
    }
    return (ier & Ier.EDSSI) != 0 && (msr & Msr.DELTAS) != 0 ? Iir.MODEM : Iir.NONE;
  }

  private int readIir() {
    int id = interruptId();
    if (id == Iir.THRE) {
      threPending = false;
    }
    return fifosEnabled() ? id | Iir.FIFOS_ENABLED : id;
  }

  private void writeIer(int value) {
    // Beyond the datasheet, like the chip: ETBEI going up with THR empty interrupts. Linux' 8250
    // driver tests for it at start-up and falls back to polling by timer where it is missing.
    if ((value & ~ier & Ier.ETBEI) != 0 && tx.isEmpty()) {
      threPending = true;
    }
    ier = value & Ier.MASK;
  }

  // Receiver

  /**
   * Offers characters from the line. What is not taken is to be offered again after {@link
   * SerialPeer#receiverReady()}. Any thread.
   *
   * @return how many were taken, 0..count: as many as the FIFO has room for; none in loopback
   */
  public synchronized int receive(byte[] characters, int offset, int count) {
    int taken = 0;
    while (taken < count && !loopback() && rx.size() < depth()) {
      push(characters[offset + taken] & 0xff);
      taken++;
    }
    peerWaits = taken < count;
    driveIrq();
    return taken;
  }

  /** A break on the line: a zero character with BI and FE set. Any thread. */
  public synchronized void receiveBreak() {
    if (!loopback()) {
      push(BREAK);
      driveIrq();
    }
  }

  /** A character has been assembled in the receiver's shift register. */
  private void push(int entry) {
    if (rx.size() == depth()) {
      lsrErrors |= Lsr.OE;
      if (fifosEnabled()) {
        return; // the shift register is overwritten, the FIFO is not (8.3)
      }
      rx.clear(); // without FIFO the new character destroys the one in RBR
    }
    rx.add(entry);
    if (rx.size() == 1) {
      revealHead();
    }
    restartTimeout();
  }

  private int readRbr() {
    if (rx.isEmpty()) {
      return 0;
    }
    int character = rx.poll();
    timeoutPending = false;
    if (rx.isEmpty()) {
      wakePeer();
    } else {
      revealHead();
      restartTimeout();
    }
    return character;
  }

  /** PE, FE and BI show in LSR when their character comes to the top of the FIFO (8.3). */
  private void revealHead() {
    lsrErrors |= rx.peek() >> 8;
  }

  private int readLsr() {
    int value = lsrErrors;
    value |= rx.isEmpty() ? 0 : Lsr.DR;
    value |= tx.isEmpty() ? Lsr.THRE : 0;
    value |= tx.isEmpty() && tsr == EMPTY ? Lsr.TEMT : 0;
    value |= fifosEnabled() && rx.hasErrors() ? Lsr.FIFO_ERROR : 0;
    lsrErrors = 0;
    rx.clearHeadErrors();
    return value;
  }

  /**
   * A character has come or gone: the time-out is four character times away (8.4.1). The timer is
   * moved only when it would be late, because arming is dear and this is once per character.
   */
  private void restartTimeout() {
    if (fifosEnabled()) {
      timeoutAt = clock.nanos() + 4 * characterNanos();
      if (receiveTimer.deadline() > timeoutAt) {
        receiveTimer.arm(timeoutAt);
      }
    }
  }

  private void receiveTimerExpired() {
    if (rx.isEmpty()) {
      return;
    }
    if (clock.nanos() < timeoutAt) {
      receiveTimer.arm(timeoutAt);
    } else {
      timeoutPending = true;
      driveIrq();
    }
  }

  private void wakePeer() {
    if (peerWaits && !loopback()) {
      peerWaits = false;
      peer.receiverReady();
    }
  }

  // Transmitter

  private void writeThr(int character) {
    // The write acknowledges the interrupt; INTR falls even if THR is empty again at once, because
    // an edge-triggered controller needs the edge.
    threPending = false;
    driveIrq();
    if (tx.size() < depth()) {
      tx.add(character);
    } // else the guest ignored THRE, and the character is lost as on the chip
    transmit(clock.nanos());
  }

  /**
   * Moves characters from THR through TSR to the line until there is none, the line is busy or the
   * peer has no room.
   *
   * @param start VM time at which the line is free
   */
  private void transmit(long start) {
    while (tsr == EMPTY && !tx.isEmpty()) {
      tsr = tx.poll();
      threPending |= tx.isEmpty();
      if (pacing == Pacing.LINE_RATE) {
        sentAt = start + characterNanos();
        transmitTimer.arm(sentAt);
        return;
      }
      shiftOut();
    }
  }

  private void shiftOut() {
    if (loopback()) {
      push(tsr);
      tsr = EMPTY;
    } else if (peer.accept(tsr)) {
      tsr = EMPTY;
    }
  }

  private void characterSent() {
    shiftOut();
    transmit(sentAt);
    driveIrq();
  }

  /**
   * The peer has room again after {@link SerialPeer#accept} refused a character. Harmless without
   * need. Any thread.
   */
  public synchronized void transmitterReady() {
    if (tsr != EMPTY && transmitTimer.deadline() == VmTimer.NEVER) {
      shiftOut();
      transmit(clock.nanos());
      driveIrq();
    }
  }

  // Control

  private void writeFcr(int value) {
    boolean modeChanges = ((value ^ fcr) & Fcr.ENABLE) != 0; // clears both FIFOs (8.4)
    if (modeChanges || (value & Fcr.XMIT_RESET) != 0) {
      threPending |= !tx.isEmpty();
      tx.clear();
    }
    boolean clearReceiver = modeChanges || (value & Fcr.RCVR_RESET) != 0;
    if (clearReceiver) {
      rx.clear();
      lsrErrors &= Lsr.OE; // the others belong to characters that are gone
      timeoutPending = false;
    }
    fcr = value & Fcr.KEPT;
    if (clearReceiver) {
      wakePeer();
    }
  }

  private void writeLcr(int value) {
    if (loopback() && (value & ~lcr & Lcr.BREAK) != 0) {
      push(BREAK);
    }
    lcr = value;
  }

  private void writeMcr(int value) {
    mcr = value & Mcr.MASK;
    int inputs = loopback() ? loopedOutputs() : Msr.CABLE;
    int changed = (inputs ^ msr) & Msr.INPUTS;
    int deltas = changed >> 4;
    if ((inputs & Msr.RI) != 0) {
      deltas &= ~Msr.TERI; // only RI's trailing edge counts (8.8)
    }
    msr = inputs | msr & Msr.DELTAS | deltas;
    if (rx.size() < depth()) {
      wakePeer();
    }
  }

  /** In loopback the modem outputs are wired to the modem inputs (8.7). */
  private int loopedOutputs() {
    int inputs = (mcr & Mcr.RTS) != 0 ? Msr.CTS : 0;
    inputs |= (mcr & Mcr.DTR) != 0 ? Msr.DSR : 0;
    inputs |= (mcr & Mcr.OUT1) != 0 ? Msr.RI : 0;
    return inputs | ((mcr & Mcr.OUT2) != 0 ? Msr.DCD : 0);
  }

  private int readMsr() {
    int value = msr;
    msr &= Msr.INPUTS;
    return value;
  }

  private boolean dlab() {
    return (lcr & Lcr.DLAB) != 0;
  }

  private boolean loopback() {
    return (mcr & Mcr.LOOP) != 0;
  }

  private boolean fifosEnabled() {
    return (fcr & Fcr.ENABLE) != 0;
  }

  /** Characters that RBR or THR can hold. */
  private int depth() {
    return fifosEnabled() ? CharFifo.DEPTH : 1;
  }

  private int triggerLevel() {
    return fifosEnabled() ? TRIGGER_LEVELS[fcr >> Fcr.TRIGGER_SHIFT] : 1;
  }

  /** Start, data, parity and stop bits at 16 clocks each; five data bits have 1.5 stop bits. */
  private long characterNanos() {
    int wordLength = 5 + (lcr & Lcr.WLS);
    int longStop = wordLength == 5 ? 3 : 4;
    int halfBits =
        2 * (1 + wordLength)
            + ((lcr & Lcr.PEN) != 0 ? 2 : 0)
            + ((lcr & Lcr.STB) != 0 ? longStop : 2);
    return halfBits * 8L * Math.max(divisor, 1) * NANOS / CRYSTAL_HZ;
  }

  // Snapshot

  @Override
  public synchronized State save() {
    return new State(
        VERSION,
        ier,
        fcr,
        lcr,
        mcr,
        msr,
        scr,
        divisor,
        lsrErrors,
        rx.toList(),
        tx.toList(),
        tsr,
        threPending,
        timeoutPending,
        timeoutAt,
        sentAt);
  }

  @Override
  public synchronized void restore(State state) {
    validate(state);
    masterReset();
    ier = state.ier;
    fcr = state.fcr;
    lcr = state.lcr;
    mcr = state.mcr;
    msr = state.msr;
    scr = state.scr;
    divisor = state.divisor;
    lsrErrors = state.lsrErrors;
    state.rx.forEach(rx::add);
    state.tx.forEach(tx::add);
    tsr = state.tsr;
    threPending = state.threPending;
    timeoutPending = state.timeoutPending;
    timeoutAt = state.timeoutAt;
    sentAt = state.sentAt;
    resume();
  }

  /** Timers and pins follow from the state. */
  private void resume() {
    if (!rx.isEmpty() && fifosEnabled() && !timeoutPending) {
      receiveTimer.arm(timeoutAt);
    }
    if (tsr != EMPTY && pacing == Pacing.LINE_RATE) {
      transmitTimer.arm(sentAt);
    }
    driveIrq();
    peerWaits = true;
    wakePeer();
  }

  private static void validate(State state) {
    StateCheck check = new StateCheck("uart16550");
    check.version(VERSION, state.version);
    check.bits("ier", state.ier, Ier.MASK);
    check.bits("fcr", state.fcr, Fcr.KEPT);
    check.bits("lcr", state.lcr, 0xff);
    check.bits("mcr", state.mcr, Mcr.MASK);
    check.bits("msr", state.msr, 0xff);
    check.bits("scr", state.scr, 0xff);
    check.bits("divisor", state.divisor, 0xffff);
    check.bits("lsrErrors", state.lsrErrors, Lsr.ERRORS);
    check.bits("tsr", state.tsr == EMPTY ? 0 : state.tsr, 0xff);
    state.rx.forEach(entry -> check.bits("rx", entry, BREAK | 0xff));
    state.tx.forEach(entry -> check.bits("tx", entry, 0xff));
    int depth = (state.fcr & Fcr.ENABLE) != 0 ? CharFifo.DEPTH : 1;
    check.that(state.rx.size() <= depth, "rx", state.rx);
    check.that(state.tx.size() <= depth, "tx", state.tx);
  }
}
