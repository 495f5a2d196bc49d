package org.jvmm.softcpu.exec;

import java.lang.invoke.MethodHandles;
import org.jvmm.softcpu.cpu.Cpu;
import org.jvmm.softcpu.isa.Insn;

/** Integer arithmetic, logic, shifts, bits, decimal adjustment. */
final class Arithmetic implements Family {

  @Override
  public Binder binder(String mnemonic) {
    return switch (mnemonic) {
      case "add", "or", "adc", "sbb", "and", "sub", "xor", "cmp", "test" ->
          template(AluTwo.class, Alu.two(mnemonic));
      case "inc", "dec", "not", "neg" -> template(AluOne.class, Alu.one(mnemonic));
      case "rol", "ror", "rcl", "rcr", "shl", "shr", "sar" ->
          template(Shift.class, Alu.shift(mnemonic));
      case "mul" -> Binder.of(Multiply::mul);
      case "imul" -> Arithmetic::signedMultiply;
      case "div" -> Binder.of(Divide::div);
      case "idiv" -> Binder.of(Divide::idiv);
      case "cbw" -> Binder.of(Multiply::cbw);
      case "cwd" -> Binder.of(Multiply::cwd);
      default -> others(mnemonic);
    };
  }

  private static Binder others(String mnemonic) {
    return switch (mnemonic) {
      case "bt" -> Binder.of((c, in) -> Bits.test(c, in, Bits.BT));
      case "bts" -> Binder.of((c, in) -> Bits.test(c, in, Bits.BTS));
      case "btr" -> Binder.of((c, in) -> Bits.test(c, in, Bits.BTR));
      case "btc" -> Binder.of((c, in) -> Bits.test(c, in, Bits.BTC));
      case "bsf" -> Binder.of(Bits::bsf);
      case "bsr" -> Binder.of(Bits::bsr);
      case "tzcnt" -> Binder.of(Bits::tzcnt);
      case "lzcnt" -> Binder.of(Bits::lzcnt);
      case "popcnt" -> Binder.of(Bits::popcnt);
      case "bswap" -> Binder.of(Bits::bswap);
      case "crc32" -> Binder.of(Bits::crc32);
      case "shld" -> Binder.of((c, in) -> Bits.doubleShift(c, in, true));
      case "shrd" -> Binder.of((c, in) -> Bits.doubleShift(c, in, false));
      case "daa" -> Binder.of((c, in) -> Decimal.adjustPacked(c, false));
      case "das" -> Binder.of((c, in) -> Decimal.adjustPacked(c, true));
      case "aaa" -> Binder.of((c, in) -> Decimal.adjustUnpacked(c, false));
      case "aas" -> Binder.of((c, in) -> Decimal.adjustUnpacked(c, true));
      case "aam" -> Binder.of(Decimal::aam);
      case "aad" -> Binder.of(Decimal::aad);
      default -> null;
    };
  }

  private static Binder template(Class<? extends Handler> template, int operation) {
    return in -> Specializer.get(template, Form.key(operation, in.width, Form.of(in)));
  }

  private static final Handler IMUL_WIDE = Handler.of(Multiply::imulWide);

  private static Handler signedMultiply(Insn in) {
    return in.op.operands.size() == 1
        ? IMUL_WIDE
        : Specializer.get(
            SignedMultiply.class, Form.key(in.op.operands.size(), in.width, Form.of(in)));
  }

  /** Template: IMUL with two or three operands. */
  static final class SignedMultiply extends Handler {
    private static final int KEY = Specializer.key(MethodHandles.lookup());
    private static final boolean THREE = Form.operation(KEY) == 3;
    private static final int WIDTH = Form.width(KEY);
    private static final int FORM = Form.form(KEY);

    SignedMultiply() {}

    @Override
    public void execute(Cpu c, Insn in) {
      long a = THREE ? in.imm : c.gpr[in.dst];
      c.set(in.dst, WIDTH, Multiply.signed(c, WIDTH, a, Form.second(c, in, WIDTH, FORM)));
    }
  }
}
