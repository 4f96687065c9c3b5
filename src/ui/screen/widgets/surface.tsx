/** Ready lines in a box of cells: what the painter copies instead of laying out texts. */
import { Box, Text } from 'ink';
import { createContext, createElement, memo, useContext } from 'react';
import { SURFACE } from '../painter/walk.ts';
import { fitStyled } from './fit.ts';

/** True when Ink's own painter draws (screen readers, or asked for): it knows no surfaces. */
export const InkPainterContext = createContext(false);

export interface SurfaceProps {
  lines: readonly string[];
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Lines with colour sequences at a place of the screen, cut to width and height. */
export const Surface = memo(function Surface({ lines, x, y, width, height }: SurfaceProps) {
  const isInk = useContext(InkPainterContext);
  if (width <= 0 || height <= 0) return null;
  const place = { position: 'absolute', left: x, top: y, width, height } as const;
  if (!isInk) return createElement(SURFACE, { style: { ...place, flexShrink: 0 }, lines });
  return (
    <Box {...place} flexShrink={0} flexDirection="column" overflow="hidden">
      <Text>
        {lines
          .slice(0, height)
          .map((line) => fitStyled(line, width))
          .join('\n')}
      </Text>
    </Box>
  );
});
