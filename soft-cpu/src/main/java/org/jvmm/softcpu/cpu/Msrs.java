package org.jvmm.softcpu.cpu;

/** The model-specific registers that instructions use, as plain fields (SDM vol. 4). */
public final class Msrs {
  public long star;
  public long lstar;
  public long cstar;
  public long sfmask;
  public long kernelGsBase;
  public long tscAux;

  /** IA32_TSC minus the clock's ticks. */
  public long tscOffset;

  public long tscAdjust;
  public long specCtrl;
  public int sysenterCs;
  public long sysenterEsp;
  public long sysenterEip;
  public long pat;
  public long miscEnable;
  public long debugControl;
  public long mtrrDefType;
  public final long[] mtrrFixed = new long[11];
  public final long[] mtrrVariable = new long[16];
  public long apicBase;
  public long microcode;

  /** Power-on values (SDM vol. 3 table 9-1). */
  public void reset() {
    star = 0;
    lstar = 0;
    cstar = 0;
    sfmask = 0;
    kernelGsBase = 0;
    tscAux = 0;
    tscAdjust = 0;
    sysenterCs = 0;
    sysenterEsp = 0;
    sysenterEip = 0;
    pat = 0x0007040600070406L;
    miscEnable = 1;
    specCtrl = 0;
    debugControl = 0;
    mtrrDefType = 0;
    java.util.Arrays.fill(mtrrFixed, 0);
    java.util.Arrays.fill(mtrrVariable, 0);
  }
}
