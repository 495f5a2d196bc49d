package org.jvmm.pc;

import org.jvmm.core.device.Resettable;
import org.jvmm.core.irq.IrqLine;
import org.jvmm.core.mem.MemoryMap;
import org.jvmm.core.mem.MemorySlot;
import org.jvmm.core.mem.RamBlock;
import org.jvmm.devices.i440fx.ShadowMemory;
import org.jvmm.pc.boot.PcMemoryLayout;

/**
 * The board's RAM: conventional memory, what the host bridge shows behind the VGA's window,
 * extended memory, and what lies above 4 GiB.
 *
 * <p>Address line 20 gates the first 64 KiB of extended memory: while it is closed, they show the
 * start of memory, which is where real mode's addresses above 1 MiB wrap to. Higher odd megabytes,
 * which real mode does not reach, stay as they are. Devices see the same.
 */
final class MainMemory implements Resettable {
  /** The high memory area: what real mode can address from 1 MiB on, rounded up to pages. */
  private static final long HMA_SIZE = 0x1_0000;

  private final MemoryMap map;
  private final ShadowMemory shadow;
  private final MemorySlot hma;
  private final MemorySlot wrapped;
  private boolean open = true;

  /** Maps RAM as after reset: nothing behind the VGA's window, address line 20 open. */
  MainMemory(MemoryMap map, PcMemoryLayout layout, RamBlock ram) {
    this.map = map;
    long extended = PcMemoryLayout.EXTENDED_MEMORY;
    long above = extended + HMA_SIZE;
    long low = layout.lowRamEnd();
    hma = new MemorySlot("ram.hma", extended, HMA_SIZE, ram, extended, true);
    wrapped = new MemorySlot("ram.wrapped", extended, HMA_SIZE, ram, 0, true);
    map.map(new MemorySlot("ram.base", 0, PcMemoryLayout.VGA_WINDOW, ram, 0, true));
    map.map(hma);
    map.map(new MemorySlot("ram.low", above, low - above, ram, above, true));
    if (layout.highRamSize() > 0) {
      map.map(
          new MemorySlot(
              "ram.high", PcMemoryLayout.HIGH_RAM, layout.highRamSize(), ram, low, true));
    }
    shadow = new ShadowMemory(map, ram);
  }

  /** Where the host bridge's attributes take effect, and ROM below 1 MiB is put. */
  ShadowMemory shadow() {
    return shadow;
  }

  /**
   * The gate of address line 20. Of several chips on it, the one that drove it last wins, as in
   * QEMU: firmware closes it by port 92 without knowing of the keyboard controller's share.
   */
  IrqLine a20() {
    return this::openA20;
  }

  /** {@inheritDoc} What RAM holds stays. */
  @Override
  public void reset() {
    openA20(true);
  }

  private synchronized void openA20(boolean newOpen) {
    if (open != newOpen) {
      open = newOpen;
      map.unmap(open ? wrapped : hma);
      map.map(open ? hma : wrapped);
    }
  }
}
