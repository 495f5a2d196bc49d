package org.jvmm.devices.fwcfg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvmm.core.bus.PortBus;
import org.jvmm.core.mem.GuestMemory;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamAllocator;
import org.jvmm.testkit.BusFuzz;
import org.jvmm.testkit.SnapshotCheck;

final class FwCfgTest {
  private static final int BASE = 0x510, DATA = 0x511, DMA_HIGH = 0x514, DMA_LOW = 0x518;
  private static final int RAM = 64 << 10, ACCESS = 0x100, TARGET = 0x2000;
  private static final int ERROR = 1, READ = 2, SKIP = 4, SELECT = 8, WRITE = 16;

  private final MemoryMap map = new MemoryMap();
  private final GuestMemory memory = map.memory();
  private final PortBus bus = new PortBus();
  private final FwCfg device = new FwCfg(items(), memory);

  FwCfgTest() {
    map.map(new MemorySlot("ram", 0, RAM, RamAllocator.HEAP.allocate("ram", RAM), 0, true));
    bus.attach("fwcfg", BASE, FwCfg.PORTS, 4, device);
  }

  private static FwCfgItems items() {
    return new FwCfgItems()
        .u16(FwCfgKey.NB_CPUS, 3)
        .u64(FwCfgKey.RAM_SIZE, 0x1_2345_6789L)
        .u32(FwCfgKey.IRQ0_OVERRIDE, 1)
        .file("etc/second", ascii("second"))
        .file("bootorder", new byte[] {1, 2, 3})
        .file("etc/second", ascii("replaced"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @AfterEach
  void free() {
    map.close();
  }

  private byte[] read(int key, int count) {
    bus.write(BASE, 2, key);
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) bus.read(DATA, 1);
    }
    return bytes;
  }

  /** Starts an access at {@link #ACCESS} and returns the control word that it leaves. */
  private int dma(int control, long length, long address) {
    memory.write32(ACCESS, Integer.reverseBytes(control));
    memory.write32(ACCESS + 4, Integer.reverseBytes((int) length));
    memory.write64(ACCESS + 8, Long.reverseBytes(address));
    bus.write(DMA_LOW, 4, Integer.reverseBytes(ACCESS));
    return Integer.reverseBytes(memory.read32(ACCESS));
  }

  private byte[] target(int count) {
    byte[] bytes = new byte[count];
    memory.copyOut(TARGET, bytes, 0, count);
    return bytes;
  }

  @Test
  void theSignatureIsQemusAndBothInterfacesAreThere() {
    assertArrayEquals(ascii("QEMU"), read(0, 4));
    assertArrayEquals(new byte[] {3, 0, 0, 0}, read(1, 4));
  }

  @Test
  void numbersAreLittleEndianAndAnItemReadsZeroesAfterItsEnd() {
    assertArrayEquals(new byte[] {3, 0, 0, 0}, read(FwCfgKey.NB_CPUS, 4));
    assertArrayEquals(
        new byte[] {(byte) 0x89, 0x67, 0x45, 0x23, 1, 0, 0, 0, 0}, read(FwCfgKey.RAM_SIZE, 9));
    assertArrayEquals(new byte[] {1, 0, 0, 0}, read(0x8002, 4));
  }

  @Test
  void anAbsentItemReadsZeroes() {
    assertArrayEquals(new byte[3], read(0x3fff, 3));
    assertArrayEquals(new byte[3], read(0x8003, 3));
  }

  @Test
  void theDirectoryListsNamesSortedWithSizeAndKey() {
    byte[] first = new byte[64];
    first[3] = 3;
    first[5] = 0x20;
    System.arraycopy(ascii("bootorder"), 0, first, 8, 9);
    byte[] directory = read(0x19, 4 + 128);
    assertArrayEquals(new byte[] {0, 0, 0, 2}, Arrays.copyOf(directory, 4));
    assertArrayEquals(first, Arrays.copyOfRange(directory, 4, 68));
    assertArrayEquals(ascii("replaced"), read(0x21, 8));
  }

  @Test
  void selectingAgainStartsAtTheBeginning() {
    read(0, 2);
    assertArrayEquals(ascii("QE"), read(0, 2));
  }

  @Test
  void theWriteChannelBitIsWithoutMeaningAndDataCannotBeWritten() {
    bus.write(BASE, 2, 0x4000);
    bus.write(DATA, 1, 'X');
    assertEquals('Q', bus.read(DATA, 1));
  }

  @Test
  void theDmaAddressReadsAsItsSignature() {
    assertEquals(Integer.reverseBytes(0x5145_4D55), bus.read(DMA_HIGH, 4));
    assertEquals(Integer.reverseBytes(0x2043_4647), bus.read(DMA_LOW, 4));
    assertEquals('G', bus.read(DMA_LOW + 3, 1));
  }

  @Test
  void dmaReadsAnItemAndFillsUpWithZeroes() {
    memory.write64(TARGET, -1);
    assertEquals(0, dma(0x20 << 16 | SELECT | READ, 8, TARGET));
    assertArrayEquals(new byte[] {1, 2, 3, 0, 0, 0, 0, 0}, target(8));
  }

  @Test
  void dmaSkipsAndGoesOnWhereTheDataPortWas() {
    read(0x21, 2);
    assertEquals(0, dma(SKIP, 3, 0));
    assertEquals(0, dma(READ, 3, TARGET));
    assertArrayEquals(ascii("ced"), target(3));
    assertEquals(0, dma(SKIP, 0xffff_ffffL, 0));
    assertEquals(0, bus.read(DATA, 1));
  }

  @Test
  void dmaToWhereNoMemoryIsSetsTheErrorBit() {
    assertEquals(ERROR, dma(SELECT | READ, 4, RAM - 2));
    assertEquals(ERROR, dma(SELECT | READ, 4, 1L << 40));
    assertEquals(ERROR, dma(SELECT | READ, 4, -4));
    assertEquals(ERROR, dma(SELECT | READ, 0xffff_ffffL, 0));
  }

  @Test
  void noItemCanBeWrittenByDma() {
    memory.copyIn(TARGET, ascii("XXXX"));
    assertEquals(ERROR, dma(SELECT | WRITE, 4, TARGET));
    assertArrayEquals(ascii("QEMU"), read(0, 4));
  }

  @Test
  void aDmaAccessOutsideOfMemoryDoesNothing() {
    bus.write(DMA_HIGH, 4, -1);
    bus.write(DMA_LOW, 4, 0);
    bus.write(DMA_LOW, 4, Integer.reverseBytes(RAM - 8));
    assertEquals('Q', read(0, 1)[0]);
  }

  @Test
  void impossibleNamesAreRefused() {
    FwCfgItems items = new FwCfgItems();
    assertThrows(IllegalArgumentException.class, () -> items.file("", new byte[1]));
    assertThrows(IllegalArgumentException.class, () -> items.file("x".repeat(56), new byte[1]));
    assertThrows(IllegalArgumentException.class, () -> items.file("a b", new byte[1]));
  }

  @Test
  void resetSelectsTheSignature() {
    read(0x21, 2);
    device.reset();
    assertEquals('Q', bus.read(DATA, 1));
  }

  @Test
  void randomAccessesDoNoHarmAndEveryStateSurvivesARoundTrip() {
    FwCfg other = new FwCfg(items(), memory);
    BusFuzz.ports(device, FwCfg.PORTS, 4)
        .beside(
            random -> {
              SnapshotCheck.roundTrip(device, other);
              memory.write64(random.nextInt(RAM), random.nextLong());
              dma(random.nextInt(), random.nextInt(), random.nextInt(2 * RAM));
            })
        .run(50_000);
  }
}
