package org.jvmm.devices.uart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.jvmm.core.device.SnapshotException;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.devices.uart.Uart16550.Fcr;
import org.jvmm.devices.uart.Uart16550.Ier;
import org.jvmm.devices.uart.Uart16550.Iir;
import org.jvmm.devices.uart.Uart16550.Lcr;
import org.jvmm.devices.uart.Uart16550.Lsr;
import org.jvmm.devices.uart.Uart16550.Mcr;
import org.jvmm.devices.uart.Uart16550.Msr;
import org.jvmm.devices.uart.Uart16550.Pacing;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.ByteLog;
import org.jvmm.testkit.ManualClock;
import org.jvmm.testkit.RecordingIrqLine;
import org.jvmm.testkit.SnapshotCheck;

/** Speaks to the chip as a driver does; section numbers are those of the PC16550D datasheet. */
final class Uart16550Test {
  private static final int RBR = 0, THR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2;
  private static final int LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7;
  private static final int EIGHT_BITS = 3;
  private static final int IDLE = Lsr.THRE | Lsr.TEMT;

  /** Ten bits at 115200 baud. */
  private static final long CHARACTER = 10L * 16 * 1_000_000_000 / 1_843_200;

  private final ByteLog line = new ByteLog();
  private final RecordingIrqLine irq = new RecordingIrqLine();
  private final ManualClock clock = new ManualClock();
  private Uart16550 uart = new Uart16550(line::accept, irq, clock, Pacing.INSTANT);

  private int read(int register) {
    return uart.read(register, 1);
  }

  private void write(int register, int value) {
    uart.write(register, 1, value);
  }

  private void enableFifos(int triggerBits) {
    write(FCR, Fcr.ENABLE | triggerBits << 6);
  }

  private int receive(String text) {
    byte[] characters = text.getBytes(StandardCharsets.ISO_8859_1);
    return uart.receive(characters, 0, characters.length);
  }

  private String readAll() {
    StringBuilder text = new StringBuilder();
    while ((read(LSR) & Lsr.DR) != 0) {
      text.append((char) read(RBR));
    }
    return text.toString();
  }

  private void set115200Baud8N1() {
    write(LCR, Lcr.DLAB | EIGHT_BITS);
    write(DLL, 1);
    write(DLM, 0);
    write(LCR, EIGHT_BITS);
  }

  // Register file

  @Test
  void afterResetTheRegistersReadAsTheDatasheetSays() {
    write(IER, 0xf);
    enableFifos(3);
    write(LCR, 0x1f);
    write(MCR, 0x0b);
    receive("x");
    uart.reset();
    assertEquals(
        List.of(0, 0, Iir.NONE, 0, 0, IDLE, Msr.CTS | Msr.DSR | Msr.DCD),
        List.of(read(RBR), read(IER), read(IIR), read(LCR), read(MCR), read(LSR), read(MSR)));
    assertFalse(irq.level());
  }

  @Test
  void unusedBitsOfIerAndMcrReadZeroAndScratchKeepsAll() {
    write(IER, 0xff);
    write(MCR, 0xff);
    write(SCR, 0xa5);
    assertEquals(List.of(0x0f, 0x1f, 0xa5), List.of(read(IER), read(MCR), read(SCR)));
  }

  @Test
  void dlabPutsTheDivisorLatchOverDataAndIer() {
    write(IER, 5);
    write(LCR, Lcr.DLAB | EIGHT_BITS);
    write(DLL, 0x34);
    write(DLM, 0x12);
    assertEquals(List.of(0x34, 0x12), List.of(read(DLL), read(DLM)));
    write(LCR, EIGHT_BITS);
    assertEquals(5, read(IER));
    assertEquals("", line.text());
  }

  @Test
  void iirShowsWhetherTheFifosAreEnabled() {
    assertEquals(Iir.NONE, read(IIR));
    enableFifos(0);
    assertEquals(0xc0 | Iir.NONE, read(IIR));
    write(FCR, 0);
    assertEquals(Iir.NONE, read(IIR));
  }

  @Test
  void lsrAndMsrIgnoreWrites() {
    write(LSR, 0xff);
    write(MSR, 0xff);
    assertEquals(IDLE, read(LSR));
    assertEquals(Msr.CABLE, read(MSR));
  }

  // Transmitter

  @Test
  void aCharacterWrittenGoesOutAtOnceAndThrIsEmptyAgain() {
    write(THR, 'A');
    assertEquals("A", line.text());
    assertEquals(IDLE, read(LSR));
  }

  @Test
  void readingIirAcknowledgesThreButLsrKeepsIt() { // section 8.5
    write(IER, Ier.ETBEI);
    assertTrue(irq.level());
    assertEquals(Iir.THRE, read(IIR));
    assertFalse(irq.level());
    assertEquals(IDLE, read(LSR));
    assertEquals(Iir.NONE, read(IIR));
    assertEquals(List.of(true, false), irq.edges());
  }

  @Test
  void readingIirDoesNotAcknowledgeThreWhileItShowsAnotherSource() {
    write(IER, Ier.ETBEI | Ier.ERBFI);
    receive("x");
    assertEquals(Iir.RDA, read(IIR));
    read(RBR);
    assertEquals(Iir.THRE, read(IIR));
  }

  @Test
  void eachCharacterGivesANewEdgeEvenWithoutReadingIir() {
    write(IER, Ier.ETBEI);
    write(THR, 'a');
    write(THR, 'b');
    assertEquals(List.of(true, false, true, false, true), irq.edges());
  }

  @Test
  void enablingEtbeiAgainInterruptsAgain() { // what Linux tests at start-up
    write(IER, Ier.ETBEI);
    read(IIR);
    write(IER, 0);
    write(IER, Ier.ETBEI);
    assertEquals(Iir.THRE, read(IIR));
  }

  @Test
  void aPeerWithoutRoomFillsTsrThenThr() {
    line.limitTo(1);
    write(THR, 'a');
    assertEquals(IDLE, read(LSR));
    write(THR, 'b');
    assertEquals(Lsr.THRE, read(LSR), "in the shift register");
    write(THR, 'c');
    assertEquals(0, read(LSR));
    line.limitTo(10);
    uart.transmitterReady();
    assertEquals("abc", line.text());
    assertEquals(IDLE, read(LSR));
  }

  @Test
  void threInterruptsWhenAPeerTakesTheBacklog() {
    write(IER, Ier.ETBEI);
    line.limitTo(0);
    write(THR, 'a');
    read(IIR);
    write(THR, 'b');
    assertFalse(irq.level());
    line.limitTo(1);
    uart.transmitterReady();
    assertTrue(irq.level());
    assertEquals(Iir.THRE, read(IIR));
    assertEquals("a", line.text());
  }

  @Test
  void theTransmitFifoHoldsSixteenAndTheShiftRegisterOne() {
    enableFifos(0);
    line.limitTo(0);
    String text = "0123456789abcdefg";
    text.chars().forEach(c -> write(THR, c));
    write(THR, '!'); // lost, as on the chip
    line.limitTo(100);
    uart.transmitterReady();
    assertEquals(text, line.text());
  }

  @Test
  void clearingTheTransmitFifoLeavesTheShiftRegisterAlone() {
    enableFifos(0);
    line.limitTo(0);
    "abc".chars().forEach(c -> write(THR, c));
    write(FCR, Fcr.ENABLE | Fcr.XMIT_RESET);
    assertEquals(Lsr.THRE, read(LSR));
    line.limitTo(100);
    uart.transmitterReady();
    assertEquals("a", line.text());
  }

  @Test
  void clearingAFullTransmitFifoInterrupts() {
    enableFifos(0);
    write(IER, Ier.ETBEI);
    read(IIR);
    line.limitTo(0);
    "abc".chars().forEach(c -> write(THR, c));
    read(IIR);
    assertFalse(irq.level());
    write(FCR, Fcr.ENABLE | Fcr.XMIT_RESET);
    assertEquals(0xc0 | Iir.THRE, read(IIR));
  }

  @Test
  void atLineRateACharacterTakesItsBits() {
    uart = new Uart16550(line::accept, irq, clock, Pacing.LINE_RATE);
    set115200Baud8N1();
    write(THR, 'a');
    write(THR, 'b');
    assertEquals(0, read(LSR));
    clock.advance(CHARACTER);
    assertEquals("a", line.text());
    assertEquals(Lsr.THRE, read(LSR));
    clock.advance(CHARACTER - 1);
    assertEquals("a", line.text());
    clock.advance(1);
    assertEquals("ab", line.text());
    assertEquals(IDLE, read(LSR));
  }

  @Test
  void atLineRateThreInterruptsWhenTheFifoHasDrained() {
    uart = new Uart16550(line::accept, irq, clock, Pacing.LINE_RATE);
    set115200Baud8N1();
    enableFifos(0);
    write(IER, Ier.ETBEI);
    read(IIR);
    for (int i = 0; i < 17; i++) {
      write(THR, i);
    }
    read(IIR);
    irq.forget();
    clock.advance(16 * CHARACTER - 1);
    assertEquals(0, irq.rises());
    clock.advance(1);
    assertEquals(1, irq.rises());
    clock.advance(CHARACTER);
    assertEquals(17, line.bytes().length);
  }

  @Test
  void theCharacterTimeFollowsWordLengthParityAndStopBits() {
    uart = new Uart16550(line::accept, irq, clock, Pacing.LINE_RATE);
    set115200Baud8N1();
    write(LCR, Lcr.STB | Lcr.PEN); // 1 + 5 + 1 + 1.5 bits
    write(THR, 'a');
    clock.advance(85L * 16 * 100_000_000 / 1_843_200 - 1);
    assertEquals("", line.text());
    clock.advance(1);
    assertEquals("a", line.text());
  }

  // Receiver

  @Test
  void aReceivedCharacterInterruptsUntilItIsRead() {
    write(IER, Ier.ERBFI);
    receive("x");
    assertTrue(irq.level());
    assertEquals(Iir.RDA, read(IIR));
    assertEquals(IDLE | Lsr.DR, read(LSR));
    assertEquals('x', read(RBR));
    assertFalse(irq.level());
    assertEquals(IDLE, read(LSR));
  }

  @Test
  void theFifoInterruptsAtItsTriggerLevelAndFallsBelowIt() {
    enableFifos(2);
    write(IER, Ier.ERBFI);
    receive("1234567");
    assertFalse(irq.level());
    receive("8");
    assertTrue(irq.level());
    read(RBR);
    assertFalse(irq.level());
  }

  @Test
  void fewCharactersInterruptAfterFourCharacterTimes() { // section 8.4.1
    set115200Baud8N1();
    enableFifos(3);
    write(IER, Ier.ERBFI);
    receive("xy");
    clock.advance(4 * CHARACTER - 1);
    assertFalse(irq.level());
    clock.advance(1);
    assertTrue(irq.level());
    assertEquals(0xc0 | Iir.CTI, read(IIR));
    read(RBR);
    assertFalse(irq.level());
    clock.advance(4 * CHARACTER);
    assertEquals(0xc0 | Iir.CTI, read(IIR), "again for the character left");
    read(RBR);
    clock.advance(100 * CHARACTER);
    assertFalse(irq.level());
  }

  @Test
  void eachCharacterRestartsTheTimeOut() {
    set115200Baud8N1();
    enableFifos(3);
    write(IER, Ier.ERBFI);
    receive("x");
    clock.advance(3 * CHARACTER);
    receive("y");
    clock.advance(4 * CHARACTER - 1);
    assertFalse(irq.level());
    clock.advance(1);
    assertTrue(irq.level());
  }

  @Test
  void clearingTheReceiveFifoEndsTheTimeOut() {
    set115200Baud8N1();
    enableFifos(3);
    write(IER, Ier.ERBFI);
    receive("x");
    clock.advance(4 * CHARACTER);
    write(FCR, Fcr.ENABLE | Fcr.RCVR_RESET | 3 << 6);
    assertFalse(irq.level());
  }

  @Test
  void withoutFifosThereIsNoTimeOut() {
    set115200Baud8N1();
    write(IER, Ier.ERBFI);
    receive("x");
    clock.advance(100 * CHARACTER);
    assertEquals(Iir.RDA, read(IIR));
  }

  @Test
  void theReceiverTakesNoMoreThanItHasRoomFor() {
    assertEquals(1, receive("xy"));
    enableFifos(0);
    assertEquals(16, receive("0123456789abcdefgh"));
    assertEquals(0, receive("gh"));
    assertEquals("0123456789abcdef", readAll());
    assertEquals(2, receive("gh"));
  }

  /** Offers its text whenever there is room, like a terminal with a paste in hand. */
  private static final class Paste implements SerialPeer {
    private final byte[] text;
    private int sent;
    private Uart16550 uart;

    Paste(byte[] text) {
      this.text = text;
    }

    @Override
    public boolean accept(int character) {
      return true;
    }

    @Override
    public void receiverReady() {
      sent += uart.receive(text, sent, text.length - sent);
    }
  }

  @Test
  void aPasteOf100KilobytesArrivesWhole() {
    byte[] text = new byte[100_000];
    new Random(5).nextBytes(text);
    Paste paste = new Paste(text);
    uart = new Uart16550(paste, irq, clock, Pacing.INSTANT);
    paste.uart = uart;
    enableFifos(2);
    write(IER, Ier.ERBFI);
    paste.receiverReady();
    ByteLog guest = new ByteLog();
    while (irq.level() && guest.bytes().length < text.length) {
      for (int n = 0; n < 256 && (read(LSR) & Lsr.DR) != 0; n++) {
        guest.accept(read(RBR));
      }
      clock.advance(100 * CHARACTER);
    }
    assertArrayEquals(text, guest.bytes());
  }

  @Test
  void thePeerIsWokenWhenTheReceiverIsClearedOrReset() {
    Paste paste = new Paste("ab".getBytes(StandardCharsets.ISO_8859_1));
    uart = new Uart16550(paste, irq, clock, Pacing.INSTANT);
    paste.uart = uart;
    paste.receiverReady();
    enableFifos(0); // clears the 'a'
    assertEquals("b", readAll());
    paste.sent = 0;
    enableFifos(0);
    write(FCR, 0);
    paste.receiverReady();
    uart.reset();
    assertEquals("b", readAll());
  }

  @Test
  void thePeerIsWokenWhenTheGuestLeavesLoopback() {
    Paste paste = new Paste("a".getBytes(StandardCharsets.ISO_8859_1));
    uart = new Uart16550(paste, irq, clock, Pacing.INSTANT);
    paste.uart = uart;
    write(MCR, Mcr.LOOP);
    paste.receiverReady();
    assertEquals("", readAll());
    write(MCR, 0);
    assertEquals("a", readAll());
  }

  @Test
  void aBreakIsAZeroCharacterWithBreakAndFramingBits() {
    write(IER, Ier.ELSI);
    uart.receiveBreak();
    assertEquals(Iir.RLS, read(IIR));
    assertEquals(IDLE | Lsr.DR | Lsr.BI | Lsr.FE, read(LSR));
    assertFalse(irq.level());
    assertEquals(IDLE | Lsr.DR, read(LSR));
    assertEquals(0, read(RBR));
  }

  @Test
  void anErrorShowsWhenItsCharacterIsAtTheTopOfTheFifo() { // section 8.3
    enableFifos(0);
    receive("x");
    uart.receiveBreak();
    assertEquals(IDLE | Lsr.DR | Lsr.FIFO_ERROR, read(LSR));
    read(RBR);
    assertEquals(IDLE | Lsr.DR | Lsr.FIFO_ERROR | Lsr.BI | Lsr.FE, read(LSR));
    assertEquals(IDLE | Lsr.DR, read(LSR));
  }

  // Loopback and modem lines

  @Test
  void loopbackWiresTransmitterToReceiver() {
    write(MCR, Mcr.LOOP);
    write(THR, 'x');
    assertEquals(IDLE | Lsr.DR, read(LSR));
    assertEquals('x', read(RBR));
    assertEquals("", line.text());
    assertEquals(0, receive("y"));
  }

  @Test
  void withoutFifoAnOverrunDestroysTheOldCharacter() { // section 8.3
    write(IER, Ier.ELSI);
    write(MCR, Mcr.LOOP);
    write(THR, 'a');
    write(THR, 'b');
    assertEquals(Iir.RLS, read(IIR));
    assertEquals(IDLE | Lsr.DR | Lsr.OE, read(LSR));
    assertEquals(IDLE | Lsr.DR, read(LSR));
    assertEquals("b", readAll());
  }

  @Test
  void withFifoAnOverrunLosesTheNewCharacter() {
    enableFifos(0);
    write(MCR, Mcr.LOOP);
    "0123456789abcdefgh".chars().forEach(c -> write(THR, c));
    assertEquals(IDLE | Lsr.DR | Lsr.OE, read(LSR));
    assertEquals("0123456789abcdef", readAll());
  }

  @Test
  void clearingTheReceiveFifoForgetsErrorsButNotTheOverrun() {
    enableFifos(0);
    uart.receiveBreak();
    write(MCR, Mcr.LOOP);
    for (int i = 0; i < 16; i++) {
      write(THR, i);
    }
    write(FCR, Fcr.ENABLE | Fcr.RCVR_RESET);
    assertEquals(IDLE | Lsr.OE, read(LSR));
  }

  @Test
  void aBreakSentInLoopbackIsReceived() {
    write(MCR, Mcr.LOOP);
    write(LCR, EIGHT_BITS | Lcr.BREAK);
    assertEquals(IDLE | Lsr.DR | Lsr.BI | Lsr.FE, read(LSR));
  }

  @Test
  void loopbackWiresModemOutputsToInputs() { // section 8.7
    for (int out = 0; out < 16; out++) {
      write(MCR, Mcr.LOOP | out);
      int expected = (out & Mcr.RTS) != 0 ? Msr.CTS : 0;
      expected |= (out & Mcr.DTR) != 0 ? Msr.DSR : 0;
      expected |= (out & Mcr.OUT1) != 0 ? Msr.RI : 0;
      expected |= (out & Mcr.OUT2) != 0 ? Msr.DCD : 0;
      assertEquals(expected, read(MSR) & Msr.INPUTS);
    }
  }

  @Test
  void modemChangesSetDeltasUntilMsrIsRead() {
    write(MCR, Mcr.LOOP | Mcr.OUT1);
    read(MSR);
    write(IER, Ier.EDSSI);
    assertFalse(irq.level());
    write(MCR, Mcr.LOOP | Mcr.RTS);
    assertTrue(irq.level());
    assertEquals(Iir.MODEM, read(IIR));
    assertEquals(Msr.CTS | 1 | Msr.TERI, read(MSR));
    assertFalse(irq.level());
    write(MCR, Mcr.LOOP | Mcr.RTS | Mcr.OUT1);
    assertEquals(Msr.CTS | Msr.RI, read(MSR), "a rising RI is no event");
  }

  @Test
  void sourcesAreShownByPriority() { // table IV
    set115200Baud8N1();
    enableFifos(1);
    write(MCR, Mcr.LOOP | Mcr.RTS);
    write(IER, 0xf);
    for (int i = 0; i < 17; i++) {
      write(THR, i);
    }
    assertEquals(0xc0 | Iir.RLS, read(IIR));
    read(LSR);
    assertEquals(0xc0 | Iir.RDA, read(IIR));
    while ((read(LSR) & Lsr.DR) != 0) {
      read(RBR);
    }
    assertEquals(0xc0 | Iir.THRE, read(IIR));
    assertEquals(0xc0 | Iir.MODEM, read(IIR));
    read(MSR);
    assertEquals(0xc0 | Iir.NONE, read(IIR));
  }

  // Drivers

  /** The probes of Linux' 8250 driver: a scratchless IER, loopback, the FIFO bits and size. */
  @Test
  void linuxFindsA16550A() {
    write(IER, 0);
    assertEquals(0, read(IER));
    write(IER, 0x0f);
    assertEquals(0x0f, read(IER));
    write(IER, 0);
    write(MCR, Mcr.LOOP | 0x0a);
    assertEquals(0x90, read(MSR) & 0xf0);
    write(MCR, 0);
    write(LCR, 0xbf);
    write(FCR, 0);
    write(LCR, 0);
    write(FCR, Fcr.ENABLE);
    assertEquals(3, read(IIR) >> 6, "16550A");
    write(LCR, Lcr.DLAB);
    assertTrue(read(IIR) != 0, "no EFR: not a 16C650");
    write(FCR, Fcr.ENABLE | 0x20);
    assertEquals(0xc1, read(IIR), "no 64-byte FIFO: not a TI16750");
    write(LCR, 0);
    write(IER, 0x40);
    assertEquals(0, read(IER), "no UUE: not an XScale");
  }

  @Test
  void linuxMeasuresAFifoOfSixteen() {
    for (Pacing pacing : Pacing.values()) {
      uart = new Uart16550(line::accept, irq, clock, pacing);
      write(FCR, Fcr.ENABLE | Fcr.RCVR_RESET | Fcr.XMIT_RESET);
      write(MCR, Mcr.LOOP);
      set115200Baud8N1();
      for (int i = 0; i < 256; i++) {
        write(THR, i);
      }
      clock.advance(20_000_000);
      assertEquals(16, readAll().length(), pacing.name());
    }
  }

  // Robustness and snapshots

  private Uart16550 fuzzed(Pacing pacing, int accesses) {
    Uart16550 chip = new Uart16550(line::accept, irq, clock, pacing);
    BusFuzz.ports(chip, Uart16550.PORTS, 1)
        .clock(clock)
        .beside(random -> line.limitTo(random.nextInt(40)))
        .beside(random -> chip.transmitterReady())
        .beside(random -> chip.receive(new byte[20], 0, random.nextInt(20)))
        .beside(
            random -> {
              if (random.nextInt(8) == 0) {
                chip.receiveBreak();
              }
            })
        .beside(random -> SnapshotCheck.roundTrip(chip, uart))
        .run(accesses);
    return chip;
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    fuzzed(Pacing.INSTANT, 100_000);
    fuzzed(Pacing.LINE_RATE, 100_000);
  }

  @Test
  void resetForgetsWhateverHappened() {
    Uart16550 chip = fuzzed(Pacing.LINE_RATE, 5_000);
    chip.reset();
    Uart16550 fresh = new Uart16550(line::accept, irq, clock, Pacing.LINE_RATE);
    assertEquals(fresh.save(), chip.save());
    assertFalse(irq.level());
  }

  @Test
  void aRestoredChipGoesOnWhereTheSavedOneWas() {
    set115200Baud8N1();
    enableFifos(3);
    write(IER, Ier.ERBFI);
    line.limitTo(0);
    write(THR, 'a');
    write(THR, 'b');
    receive("xyz");
    ByteLog otherLine = new ByteLog();
    RecordingIrqLine otherIrq = new RecordingIrqLine();
    Uart16550 other = new Uart16550(otherLine::accept, otherIrq, clock, Pacing.INSTANT);
    other.restore(uart.save());
    assertFalse(otherIrq.level());
    clock.advance(4 * CHARACTER);
    assertTrue(otherIrq.level());
    other.transmitterReady();
    assertEquals("ab", otherLine.text());
    assertEquals('x', other.read(RBR, 1));
  }

  @Test
  void aRestoredChipFinishesTheCharacterOnTheLineAndWakesItsPeer() {
    uart = new Uart16550(line::accept, irq, clock, Pacing.LINE_RATE);
    set115200Baud8N1();
    write(THR, 'a');
    clock.advance(CHARACTER / 2);
    Paste paste = new Paste("z".getBytes(StandardCharsets.ISO_8859_1));
    Uart16550 other = new Uart16550(paste, IrqLine.UNCONNECTED, clock, Pacing.LINE_RATE);
    paste.uart = other;
    other.restore(uart.save());
    clock.advance(CHARACTER - CHARACTER / 2);
    assertEquals(IDLE | Lsr.DR, other.read(LSR, 1));
    assertEquals('z', other.read(RBR, 1));
  }

  @Test
  void aDamagedSnapshotIsRefused() {
    Uart16550.State good = uart.save();
    List<Integer> tooMany = List.of(1, 2);
    Uart16550.State bad =
        new Uart16550.State(
            good.version(), 0, 0, 0, 0, 0, 0, 0, 0, tooMany, List.of(), -1, false, false, 0, 0);
    assertThrows(SnapshotException.class, () -> uart.restore(bad));
    Uart16550.State wide =
        new Uart16550.State(
            good.version(),
            0x10,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            List.of(),
            List.of(),
            -1,
            false,
            false,
            0,
            0);
    assertThrows(SnapshotException.class, () -> uart.restore(wide));
    assertEquals(good, uart.save());
  }
}
