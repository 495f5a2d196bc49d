package org.jvmm.devices.uart;

/** The registers and how A2-A0, the access' direction and DLAB select them (table I). */
enum Register {
  RBR,
  THR,
  IER,
  IIR,
  FCR,
  LCR,
  MCR,
  LSR,
  MSR,
  SCR,
  DLL,
  DLM;

  static Register forRead(int offset, boolean dlab) {
    return switch (offset & 7) {
      case 0 -> dlab ? DLL : RBR;
      case 1 -> dlab ? DLM : IER;
      case 2 -> IIR;
      case 3 -> LCR;
      case 4 -> MCR;
      case 5 -> LSR;
      case 6 -> MSR;
      default -> SCR;
    };
  }

  static Register forWrite(int offset, boolean dlab) {
    return switch (offset & 7) {
      case 0 -> dlab ? DLL : THR;
      case 2 -> FCR;
      default -> forRead(offset, dlab);
    };
  }
}
