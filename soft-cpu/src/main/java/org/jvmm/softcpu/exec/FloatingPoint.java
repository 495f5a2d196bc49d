package org.jvmm.softcpu.exec;

import java.util.List;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.cpu.Events;
import org.jvmm.softcpu.cpu.Flags;
import org.jvmm.softcpu.fault.GuestFault;
import org.jvmm.softcpu.fpu.X87;
import org.jvmm.softcpu.fpu.X87Image;
import org.jvmm.softcpu.fpu.X87Store;
import org.jvmm.softcpu.isa.Insn;

/** The x87 instructions: their operands and the checks around them; {@link X87} calculates. */
final class FloatingPoint implements Family {
  private static final int NEEDS_NM = Cpu.CR0_EM | Cpu.CR0_TS;

  /** By the numbers that {@link X87} gives them. */
  private static final List<String> ARITHMETIC =
      List.of("fadd", "fmul", "fcom", "fcomp", "fsub", "fsubr", "fdiv", "fdivr");

  private static final List<String> CONSTANTS =
      List.of("fld1", "fldl2t", "fldl2e", "fldpi", "fldlg2", "fldln2", "fldz");

  /** Conditions of FCMOVcc as those of Jcc. */
  private static final List<String> CONDITIONS =
      List.of("", "", "b", "nb", "e", "ne", "be", "nbe", "", "", "u", "nu");

  @Override
  public Binder binder(String mnemonic) {
    Handler.Semantics control = control(mnemonic);
    if (control != null) {
      return Binder.of(
          (c, in) -> {
            available(c);
            control.execute(c, in);
          });
    }
    Handler.Semantics waitingControl = waitingControl(mnemonic);
    if (waitingControl != null) {
      return Binder.of(
          (c, in) -> {
            begin(c);
            waitingControl.execute(c, in);
          });
    }
    Handler.Semantics operation = operation(mnemonic);
    if (operation != null) {
      return Binder.of(
          (c, in) -> {
            begin(c);
            operation.execute(c, in);
            setPointers(c, in);
          });
    }
    return mnemonic.equals("fwait") ? Binder.of(FloatingPoint::fwait) : null;
  }

  private static void available(Cpu c) {
    if ((c.cr0 & NEEDS_NM) != 0) {
      throw c.fault.of(GuestFault.NM);
    }
  }

  /** What every waiting instruction does first (SDM vol. 3 section 2.5, EM, TS and NE). */
  private static void begin(Cpu c) {
    available(c);
    checkPending(c);
  }

  /**
   * Raises the exception of an earlier instruction: #MF, or FERR# as of the AT. If FERR# becomes an
   * interrupt, that comes first; if not, the instruction goes on, where a processor would freeze.
   */
  static void checkPending(Cpu c) {
    if (c.fpu.state.exceptionPending()) {
      if ((c.cr0 & Cpu.CR0_NE) != 0) {
        throw c.fault.of(GuestFault.MF);
      }
      c.ferr.set(true);
      if (c.events.has(Events.INTR) && (c.flags & Flags.IF) != 0) {
        throw c.fault.of(GuestFault.RESTART);
      }
    } else if ((c.cr0 & Cpu.CR0_NE) == 0) {
      c.ferr.set(false);
    }
  }

  private static void fwait(Cpu c, Insn in) {
    int both = Cpu.CR0_MP | Cpu.CR0_TS;
    if ((c.cr0 & both) == both) {
      throw c.fault.of(GuestFault.NM);
    }
    checkPending(c);
  }

  /** Remembers the last non-control instruction (SDM vol. 1 section 8.1.8). */
  private static void setPointers(Cpu c, Insn in) {
    var state = c.fpu.state;
    state.fop = (in.op.opcode & 7) << 8 | in.modRm;
    state.fip = c.gpr[Insn.RIP] + in.offset;
    state.fcs = c.segments[Cpu.CS].selector;
    if (in.memory == 0) {
      state.fdp = c.effective(in);
      state.fds = c.segments[in.segment].selector;
    }
  }

  /** Control instructions that wait for nothing. */
  private static Handler.Semantics control(String mnemonic) {
    return switch (mnemonic) {
      case "fninit" -> (c, in) -> c.fpu.state.init();
      case "fnclex" -> (c, in) -> c.fpu.state.clearExceptions();
      case "fneni", "fndisi", "fnsetpm" -> (c, in) -> {};
      case "fnstcw" -> (c, in) -> Form.store(c, in, 2, c.fpu.state.controlWord());
      case "fnstsw" -> (c, in) -> Form.store(c, in, 2, c.fpu.state.statusWord());
      case "fnstenv" -> FloatingPoint::storeEnvironment;
      case "fnsave" -> FloatingPoint::save;
      default -> null;
    };
  }

  private static Handler.Semantics waitingControl(String mnemonic) {
    return switch (mnemonic) {
      case "fldcw" -> (c, in) -> c.fpu.state.setControlWord((int) Form.load(c, in, 2));
      case "fldenv" -> FloatingPoint::loadEnvironment;
      case "frstor" -> FloatingPoint::restore;
      default -> null;
    };
  }

  private static Handler.Semantics operation(String mnemonic) {
    int number = ARITHMETIC.indexOf(mnemonic);
    if (number >= 0) {
      return (c, in) -> arithmetic(c, in, number);
    }
    if (mnemonic.startsWith("fi")) {
      int integer = ARITHMETIC.indexOf("f" + mnemonic.substring(2));
      if (integer >= 0) {
        return (c, in) -> c.fpu.arithmeticInteger(integer, (int) signed(c, in));
      }
    }
    int popping = ARITHMETIC.indexOf(mnemonic.substring(0, mnemonic.length() - 1));
    if (popping >= 0 && mnemonic.endsWith("p") && popping != X87.COM && popping != X87.COMP) {
      return (c, in) -> c.fpu.arithmeticSti(reversed(popping), in.dst, true);
    }
    int constant = CONSTANTS.indexOf(mnemonic);
    if (constant >= 0) {
      return (c, in) -> c.fpu.loadConstant(constant);
    }
    if (mnemonic.startsWith("fcmov")) {
      int condition = CONDITIONS.indexOf(mnemonic.substring(5));
      return (c, in) -> c.fpu.conditionalMove(in.src, Flags.test(c, condition));
    }
    Handler.Semantics move = move(mnemonic);
    return move != null ? move : function(mnemonic);
  }

  /** With ST(i) as destination the mnemonics name the operands' other order (SDM vol. 2, FSUB). */
  private static int reversed(int operation) {
    return operation ^ operation >> 2;
  }

  private static void arithmetic(Cpu c, Insn in, int operation) {
    if (in.memory == 0) {
      long value = c.mmu.read(c.address(in, in.width), in.width);
      if (in.width == 4) {
        c.fpu.arithmeticFloat32(operation, (int) value);
      } else {
        c.fpu.arithmeticFloat64(operation, value);
      }
    } else if (in.op.operands.get(0).fixed() == 0) {
      c.fpu.arithmeticSt0(operation, in.src);
    } else {
      c.fpu.arithmeticSti(reversed(operation), in.dst, false);
    }
  }

  private static long signed(Cpu c, Insn in) {
    return Flags.signed(c.mmu.read(c.address(in, in.width), in.width), in.width);
  }

  private static Handler.Semantics move(String mnemonic) {
    return switch (mnemonic) {
      case "fld" -> FloatingPoint::load;
      case "fild" -> (c, in) -> c.fpu.loadInteger(signed(c, in));
      case "fbld" -> FloatingPoint::loadBcd;
      case "fst" -> (c, in) -> store(c, in, false);
      case "fstp", "fstpnce" -> (c, in) -> store(c, in, true);
      case "fist" -> (c, in) -> storeInteger(c, in, false, false);
      case "fistp" -> (c, in) -> storeInteger(c, in, false, true);
      case "fisttp" -> (c, in) -> storeInteger(c, in, true, true);
      case "fbstp" -> (c, in) -> finish(c, in, c.fpu.store.prepareBcd(), true);
      case "fxch" -> (c, in) -> c.fpu.exchange(in.dst);
      case "ffree" -> (c, in) -> c.fpu.free(in.dst, false);
      case "ffreep" -> (c, in) -> c.fpu.free(in.dst, true);
      case "fincstp" -> (c, in) -> c.fpu.rotate(1);
      case "fdecstp" -> (c, in) -> c.fpu.rotate(-1);
      case "fnop" -> (c, in) -> {};
      default -> null;
    };
  }

  private static Handler.Semantics function(String mnemonic) {
    return switch (mnemonic) {
      case "fucom" -> (c, in) -> c.fpu.compareSt(in.src, 0, true);
      case "fucomp" -> (c, in) -> c.fpu.compareSt(in.src, 1, true);
      case "fucompp" -> (c, in) -> c.fpu.compareSt(1, 2, true);
      case "fcompp" -> (c, in) -> c.fpu.compareSt(1, 2, false);
      case "fcomi" -> (c, in) -> compareFlags(c, in, false, false);
      case "fcomip" -> (c, in) -> compareFlags(c, in, false, true);
      case "fucomi" -> (c, in) -> compareFlags(c, in, true, false);
      case "fucomip" -> (c, in) -> compareFlags(c, in, true, true);
      case "fchs" -> (c, in) -> c.fpu.changeSign();
      case "fabs" -> (c, in) -> c.fpu.absolute();
      case "ftst" -> (c, in) -> c.fpu.test();
      case "fxam" -> (c, in) -> c.fpu.examine();
      case "f2xm1" -> (c, in) -> c.fpu.exp2Minus1();
      case "fyl2x" -> (c, in) -> c.fpu.yLog2X();
      case "fyl2xp1" -> (c, in) -> c.fpu.yLog2XPlus1();
      case "fptan" -> (c, in) -> c.fpu.tangent();
      case "fpatan" -> (c, in) -> c.fpu.arcTangent();
      case "fxtract" -> (c, in) -> c.fpu.extract();
      case "fprem" -> (c, in) -> c.fpu.partialRemainder(false);
      case "fprem1" -> (c, in) -> c.fpu.partialRemainder(true);
      case "fsqrt" -> (c, in) -> c.fpu.squareRoot();
      case "fsin" -> (c, in) -> c.fpu.sine();
      case "fcos" -> (c, in) -> c.fpu.cosine();
      case "fsincos" -> (c, in) -> c.fpu.sineCosine();
      case "frndint" -> (c, in) -> c.fpu.roundToInteger();
      case "fscale" -> (c, in) -> c.fpu.scale();
      default -> null;
    };
  }

  private static void compareFlags(Cpu c, Insn in, boolean quiet, boolean pop) {
    Flags.setArithmetic(c, c.fpu.compareFlags(in.src, quiet, pop));
  }

  private static void load(Cpu c, Insn in) {
    if (in.memory != 0) {
      c.fpu.loadSt(in.dst);
      return;
    }
    long at = c.address(in, in.width);
    switch (in.width) {
      case 4 -> c.fpu.loadFloat32((int) c.mmu.read(at, 4));
      case 8 -> c.fpu.loadFloat64(c.mmu.read(at, 8));
      default -> {
        long low = c.mmu.read(at, 8);
        c.fpu.loadFloat80((int) c.mmu.read(at + 8, 2), low);
      }
    }
  }

  private static void loadBcd(Cpu c, Insn in) {
    long at = c.address(in, 10);
    long low = c.mmu.read(at, 8);
    c.fpu.loadBcd(low, (int) c.mmu.read(at + 8, 2));
  }

  private static void store(Cpu c, Insn in, boolean pop) {
    if (in.memory != 0) {
      c.fpu.storeSt(in.dst, pop);
      return;
    }
    X87Store store = c.fpu.store;
    boolean write =
        switch (in.width) {
          case 4 -> store.prepareFloat32();
          case 8 -> store.prepareFloat64();
          default -> store.prepareFloat80();
        };
    finish(c, in, write, pop);
  }

  private static void storeInteger(Cpu c, Insn in, boolean truncate, boolean pop) {
    finish(c, in, c.fpu.store.prepareInteger(8 * in.width, truncate), pop);
  }

  /** Writes what was prepared; only then the registers change. */
  private static void finish(Cpu c, Insn in, boolean write, boolean pop) {
    X87Store store = c.fpu.store;
    if (write) {
      long at = c.addressForWrite(in, in.width);
      if (in.width > 8) {
        c.mmu.probeWrite(at, in.width);
        c.mmu.write(at, 8, store.low);
        c.mmu.write(at + 8, 2, store.high);
      } else {
        c.mmu.write(at, in.width, store.low);
      }
    }
    store.commit(pop);
  }

  private static X87Image.Layout layout(Cpu c, Insn in) {
    if (c.protectedMode()) {
      return in.operandSize == 2 ? X87Image.Layout.PROTECTED_16 : X87Image.Layout.PROTECTED_32;
    }
    return in.operandSize == 2 ? X87Image.Layout.REAL_16 : X87Image.Layout.REAL_32;
  }

  private static void storeEnvironment(Cpu c, Insn in) {
    X87Image.Layout layout = layout(c, in);
    long at = StateMoves.writable(c, in, layout.environmentSize());
    X87Image.storeEnvironment(c.fpu.state, c.image, 0, layout);
    StateMoves.write(c, at, 0, layout.environmentSize());
  }

  private static void save(Cpu c, Insn in) {
    X87Image.Layout layout = layout(c, in);
    long at = StateMoves.writable(c, in, layout.saveSize());
    X87Image.save(c.fpu.state, c.image, 0, layout);
    StateMoves.write(c, at, 0, layout.saveSize());
  }

  private static void loadEnvironment(Cpu c, Insn in) {
    X87Image.Layout layout = layout(c, in);
    StateMoves.read(c, in, layout.environmentSize());
    X87Image.loadEnvironment(c.fpu.state, c.image, 0, layout);
  }

  private static void restore(Cpu c, Insn in) {
    X87Image.Layout layout = layout(c, in);
    StateMoves.read(c, in, layout.saveSize());
    X87Image.restore(c.fpu.state, c.image, 0, layout);
  }
}
