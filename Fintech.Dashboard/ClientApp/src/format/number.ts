import { preferences } from '../settings/preferences';

// Numbers in the viewer's locale. Formatters are kept, since making one costs more than a thousand uses; who chooses another locale
// gets the page anew.
const { locale: chosen, currencyAs } = preferences();
export const locale: string | undefined = chosen ?? undefined;

const integers = new Intl.NumberFormat(locale);
const compactIntegers = new Intl.NumberFormat(locale, { notation: 'compact', minimumFractionDigits: 2, maximumFractionDigits: 2 });
const decimals = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const percents = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 2, maximumFractionDigits: 2 });
const shares = new Intl.NumberFormat(locale, { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });
const wholePercents = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });

type Style = 'exact' | 'whole' | 'compact';
const currencies = new Map<string, Intl.NumberFormat | null>();

/** 12408 → 12,408 */
export const integer = (value: number): string => integers.format(value);

/** 4500 → 4,500.00 */
export const decimal = (value: number): string => decimals.format(value);

/** 20.13 → 20.1 */
export const tenth = (value: number): string => tenths.format(value);

/** 0.00298 → 0.30% */
export const percent = (share: number): string => percents.format(share);

/** 0.1753 → 17.5%: beside a bar, and as exact as the findings are worded. */
export const share = (part: number): string => shares.format(part);

/** 0.042 → 4% */
export const wholePercent = (share: number): string => wholePercents.format(share);

/** Written out up to ten million, for which the cards make room; 12408123 → 12.41M */
export const count = (value: number): string => (Math.abs(value) < 10_000_000 ? integers : compactIntegers).format(value);

/** 4500 → $4,500.00 */
export const money = (amount: number, currency: string): string => inCurrency(amount, currency, 'exact');

/** For axes and thresholds: 3000 → $3,000, and 3,000 where amounts are of several currencies. */
export function wholeAmount(amount: number, currency: string | null): string {
  if (currency === null) return integers.format(amount);
  return inCurrency(amount, currency, Number.isInteger(amount) ? 'whole' : 'exact');
}

/** For columns of totals: 58170.4 → $58,170, and 1418233.1 → $1.42M, which is where whole units stop being shorter. */
export const total = (amount: number, currency: string): string =>
  inCurrency(amount, currency, Math.abs(amount) < 1_000_000 ? 'whole' : 'compact');

/** A total that stands alone: with cents while it is small. */
export const loneTotal = (amount: number, currency: string): string =>
  Math.abs(amount) < 10_000 ? money(amount, currency) : total(amount, currency);

function inCurrency(amount: number, currency: string, style: Style): string {
  const formatter = currencyFormatter(currency, style);
  return formatter ? formatter.format(amount) : `${(style === 'compact' ? compactIntegers : decimals).format(amount)} ${currency}`;
}

/** Null for a code that is no ISO 4217 shape: what a producer sends is data, and must not stop the page. */
function currencyFormatter(currency: string, style: Style): Intl.NumberFormat | null {
  const key = style + currency;
  let formatter = currencies.get(key);
  if (formatter !== undefined) return formatter;

  const digits = style === 'whole' ? 0 : 2;
  formatter = /^[A-Za-z]{3}$/.test(currency)
    ? new Intl.NumberFormat(locale, {
        style: 'currency',
        currency,
        currencyDisplay: currencyAs === 'code' ? 'code' : 'narrowSymbol',
        notation: style === 'compact' ? 'compact' : 'standard',
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      })
    : null;
  currencies.set(key, formatter);
  return formatter;
}
