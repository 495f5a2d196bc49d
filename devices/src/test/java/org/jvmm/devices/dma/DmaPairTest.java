package org.jvmm.devices.dma;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

final class DmaPairTest {
  private static final int MASK = 0x0A, MODE = 0x0B, FLIP_FLOP = 0x0C, STATUS = 0x08;
  private static final int WORD_MASK = 0xD4, WORD_MODE = 0xD6, WORD_FLIP_FLOP = 0xD8;
  private static final int TO_MEMORY = 0x44, FROM_MEMORY = 0x48, VERIFY = 0x40;

  private final PortBus bus = new PortBus();
  private final MemoryMap map = new MemoryMap();
  private final DmaPair dma = new DmaPair(map.memory());

  DmaPairTest() {
    map.map(
        new MemorySlot("ram", 0, 0x8_0000, RamAllocator.HEAP.allocate("ram", 0x8_0000), 0, true));
    bus.attach("dma", 0, DmaPair.PORTS, 1, dma.bytePorts());
    bus.attach("dma", 0xC0, DmaPair.WORD_PORTS, 1, dma.wordPorts());
    bus.attach("dma", 0x81, DmaPair.PAGE_PORTS, 1, dma.pagePorts());
    out(WORD_MODE, 0xC0);
    out(WORD_MASK, 0);
  }

  private void out(int port, int... bytes) {
    for (int value : bytes) {
      bus.write(port, 1, value);
    }
  }

  private int in(int port) {
    return bus.read(port, 1);
  }

  /** Programs channel 2 as a floppy driver does. */
  private void program(int mode, int gpa, int bytes) {
    out(FLIP_FLOP, 0);
    out(MODE, mode | 2);
    out(4, gpa & 0xFF, gpa >> 8 & 0xFF);
    out(5, bytes - 1 & 0xFF, bytes - 1 >> 8);
    out(0x81, gpa >> 16);
    out(MASK, 2);
  }

  private static byte[] pattern(int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) (i + 1);
    }
    return data;
  }

  private byte[] memory(int gpa, int length) {
    byte[] data = new byte[length];
    map.memory().copyOut(gpa, data, 0, length);
    return data;
  }

  @Test
  void aSectorGoesToMemoryUpToTheTerminalCount() {
    program(TO_MEMORY, 0x2_1000, 512);
    DmaChannel channel = dma.channel(2);
    assertTrue(channel.ready());
    assertEquals(300, channel.toMemory(pattern(512), 0, 300));
    assertFalse(channel.terminalCount());
    assertEquals(212, channel.toMemory(pattern(600), 300, 300));
    assertTrue(channel.terminalCount());
    assertArrayEquals(pattern(512), memory(0x2_1000, 512));
    assertEquals(0, memory(0x2_1200, 1)[0]);
    assertFalse(channel.ready()); // masked by the terminal count
    assertEquals(0, channel.toMemory(pattern(1), 0, 1));
    assertEquals(4, in(STATUS));
    assertEquals(0, in(STATUS));
  }

  @Test
  void dataComesFromMemory() {
    map.memory().copyIn(0x1_0000, pattern(16));
    program(FROM_MEMORY, 0x1_0000, 16);
    byte[] data = new byte[20];
    assertEquals(16, dma.channel(2).fromMemory(data, 2, 18));
    assertArrayEquals(pattern(16), Arrays.copyOfRange(data, 2, 18));
    assertEquals(0, data[18]);
  }

  @Test
  void theOtherDirectionMovesNothing() {
    program(FROM_MEMORY, 0x1000, 16);
    assertEquals(0, dma.channel(2).toMemory(pattern(16), 0, 16));
    assertEquals(0, memory(0x1000, 1)[0]);
  }

  @Test
  void verifyCountsWithoutTouchingMemory() {
    program(VERIFY, 0x1000, 16);
    assertEquals(16, dma.channel(2).toMemory(pattern(16), 0, 16));
    assertTrue(dma.channel(2).terminalCount());
    assertEquals(0, memory(0x1000, 1)[0]);
  }

  @Test
  void autoinitializeStartsAgainUnmasked() {
    program(TO_MEMORY | 0x10, 0x3000, 8);
    assertEquals(8, dma.channel(2).toMemory(pattern(16), 0, 16));
    assertEquals(8, dma.channel(2).toMemory(pattern(16), 8, 8));
    assertArrayEquals(Arrays.copyOfRange(pattern(16), 8, 16), memory(0x3000, 8));
    out(FLIP_FLOP, 0);
    assertEquals(0x00, in(4));
    assertEquals(0x30, in(4));
    assertEquals(7, in(5));
    assertEquals(0, in(5));
  }

  @Test
  void addressesCountDownIfAsked() {
    program(TO_MEMORY | 0x20, 0x3003, 4);
    dma.channel(2).toMemory(pattern(4), 0, 4);
    assertArrayEquals(new byte[] {4, 3, 2, 1}, memory(0x3000, 4));
  }

  @Test
  void theAddressWrapsWithinItsPage() {
    program(TO_MEMORY, 0x2_FFFE, 4);
    dma.channel(2).toMemory(pattern(4), 0, 4);
    assertArrayEquals(new byte[] {1, 2}, memory(0x2_FFFE, 2));
    assertArrayEquals(new byte[] {3, 4}, memory(0x2_0000, 2));
    assertEquals(0, memory(0x3_0000, 1)[0]);
  }

  @Test
  void theUpperChannelsMoveWords() {
    out(WORD_FLIP_FLOP, 0);
    out(WORD_MODE, TO_MEMORY | 1);
    out(0xC4, 0x00, 0x08); // word address 0x800
    out(0xC6, 3, 0); // four words
    out(0x8B, 0x05); // bit 0 is not an address bit
    out(WORD_MASK, 1);
    assertEquals(8, dma.channel(5).toMemory(pattern(16), 0, 16));
    assertArrayEquals(pattern(8), memory(0x4_1000, 8));
  }

  @Test
  void withoutTheCascadeTheLowerChannelsStandStill() {
    program(TO_MEMORY, 0x1000, 4);
    out(WORD_MASK, 4);
    assertFalse(dma.channel(2).ready());
    out(WORD_MASK, 0);
    assertTrue(dma.channel(2).ready());
  }

  @Test
  void aPeripheralHearsThatItsChannelIsReady() {
    AtomicInteger calls = new AtomicInteger();
    dma.channel(2).onReady(calls::incrementAndGet);
    program(TO_MEMORY, 0x1000, 4);
    assertEquals(1, calls.get());
    dma.channel(2).toMemory(pattern(4), 0, 4);
    program(TO_MEMORY, 0x1000, 4);
    assertEquals(2, calls.get());
    out(STATUS, 4); // controller off and on
    out(STATUS, 0);
    assertEquals(3, calls.get());
  }

  @Test
  void theStatusShowsRequestsAndTheMaskCanBeRead() {
    dma.channel(3).request(true);
    assertEquals(0x80, in(STATUS));
    dma.channel(3).request(false);
    assertEquals(0, in(STATUS));
    out(0x0F, 0x05);
    assertEquals(0xF5, in(0x0F));
    out(0x0E, 0);
    assertEquals(0xF0, in(0x0F));
    out(0x0D, 0);
    assertEquals(0xFF, in(0x0F));
  }

  @Test
  void thereIsNoChannel4ForPeripherals() {
    assertThrows(IllegalArgumentException.class, () -> dma.channel(4));
    assertThrows(IllegalArgumentException.class, () -> dma.channel(8));
  }

  @Test
  void unusedPageRegistersKeepWhatIsWritten() {
    out(0x84, 0x5A);
    assertEquals(0x5A, in(0x84));
    dma.reset();
    assertEquals(0, in(0x84));
    assertEquals(0xFF, in(0x0F));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    DmaPair other = new DmaPair(new MemoryMap().memory());
    byte[] data = new byte[4096];
    BusFuzz.ports(dma.bytePorts(), DmaPair.PORTS, 1)
        .beside(random -> out(0xC0 + random.nextInt(32), random.nextInt(256)))
        .beside(random -> out(0x81 + random.nextInt(15), random.nextInt(256)))
        .beside(random -> dma.channel(random.nextInt(4)).toMemory(data, 0, random.nextInt(4096)))
        .beside(random -> dma.channel(5).fromMemory(data, 0, random.nextInt(4096)))
        .beside(random -> SnapshotCheck.roundTrip(dma, other))
        .run(50_000);
  }
}
