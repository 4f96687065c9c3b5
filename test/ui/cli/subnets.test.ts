import { describe, expect, it } from 'vitest';
import { subnetsOf } from '../../../src/ui/cli/opts/subnets.ts';

const of = (subnets: string[], more: Partial<Parameters<typeof subnetsOf>[0]> = {}) =>
  subnetsOf({ subnets, ranges: [], gateways: [], auxiliary: {}, ...more });

describe('--subnet and what belongs to it', () => {
  it('gives each range, gateway and address to the subnet it lies in', () => {
    expect(
      of(['10.0.0.0/16', '10.1.0.0/24'], {
        ranges: ['10.1.0.128/25'],
        gateways: ['10.1.0.1', '10.0.255.254'],
        auxiliary: { printer: '10.0.3.4' },
      }),
    ).toEqual([
      { Subnet: '10.0.0.0/16', Gateway: '10.0.255.254', AuxiliaryAddresses: { printer: '10.0.3.4' } },
      { Subnet: '10.1.0.0/24', Gateway: '10.1.0.1', IPRange: '10.1.0.128/25' },
    ]);
    expect(of([])).toEqual([]);
    expect(of(['rubbish'])).toEqual([{ Subnet: 'rubbish' }]);
  });

  it.each([
    [[], { gateways: ['10.0.0.1'] }, 'every ip-range or gateway must have a corresponding subnet'],
    [['10.0.0.0/24'], { gateways: ['10.0.1.1'] }, 'no matching subnet for gateway 10.0.1.1'],
    [['10.0.0.0/24'], { gateways: [''] }, 'no matching subnet for gateway '],
    [['10.0.0.0/24'], { ranges: ['foo'] }, 'no matching subnet for range foo'],
    [['10.0.0.0/24'], { auxiliary: { a: '::1' } }, 'no matching subnet for aux-address ::1'],
    [
      ['10.0.0.0/24', '10.0.1.0/24'],
      { gateways: ['10.0.0.1', '10.0.0.2'] },
      'cannot configure multiple gateways (10.0.0.2, 10.0.0.1) on the same subnet (10.0.0.0/24)',
    ],
  ])('refuses %j with %j', (subnets, more, says) => {
    expect(() => of(subnets, more)).toThrow(says);
  });
});
